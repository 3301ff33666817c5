// Photos: made small enough to travel, kept on this phone, and searched for a code where the sign is checked.
import { word } from "./desk-words.js";
import { outbox } from "./outbox.js";

const LONGEST = 2000;
const THUMB = 160;
const QUALITY = 0.82;

export async function takePhotos(form, job) {
  const input = form.elements.file;
  const files = [...input.files];
  input.value = "";
  for (const file of files) {
    const small = await shrink(file);
    try {
      await outbox().add({
        kind: "photo",
        job,
        field: "",
        item: form.dataset.photos,
        url: form.action,
        label: `${word("photo")}: ${form.dataset.label}`,
        required: form.hasAttribute("data-required"),
        bytes: small.bytes,
        type: small.type,
      });
    } catch {
      tell(form, word("no_room"), "broken");
      return;
    }
    show(form, small.thumb);
    if (form.dataset.code) await checkCode(form, file);
    else tell(form, word("kept"), "waiting");
  }
}

// A photo of 2000 pixels tells as much and takes a tenth; what cannot be drawn travels as it is.
async function shrink(file) {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const blob = await new Promise((resolve) => draw(image, LONGEST).toBlob(resolve, "image/jpeg", QUALITY));
    return { bytes: await blob.arrayBuffer(), type: blob.type, thumb: draw(image, THUMB).toDataURL("image/jpeg") };
  } catch {
    return { bytes: await file.arrayBuffer(), type: file.type, thumb: "" };
  }
}

function draw(image, longest) {
  const scale = Math.min(1, longest / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function show(form, thumb) {
  if (!thumb) return;
  const row = document.createElement("li");
  const image = Object.assign(document.createElement("img"), { src: thumb, alt: `${word("photo")}: ${word("kept")}` });
  row.append(image);
  form.querySelector(".photos").append(row);
}

function tell(form, text, look) {
  const place = form.querySelector(".entry__said");
  place.textContent = text;
  place.dataset.look = look;
}

// A sticker over the code leads drivers' money elsewhere: the code must lead to our own address.
async function checkCode(form, file) {
  if (!("BarcodeDetector" in globalThis)) {
    tell(form, word("code_unable"), "attention");
    return;
  }
  let found = [];
  try {
    found = await new BarcodeDetector({ formats: ["qr_code"] }).detect(await createImageBitmap(file));
  } catch {
    tell(form, word("code_unable"), "attention");
    return;
  }
  if (!found.length) tell(form, word("code_none"), "attention");
  else if (isOurs(found[0].rawValue, form.dataset.code)) tell(form, word("code_good", found[0].rawValue), "ready");
  else tell(form, word("code_bad", found[0].rawValue), "broken");
}

function isOurs(address, home) {
  try {
    return new URL(address).origin === new URL(home).origin;
  } catch {
    return false;
  }
}
