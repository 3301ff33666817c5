// A station made with the npm package ocpp-rpc: it boots, authorises, charges, and does what it is asked.
// Arguments: address of the gateway, identity, password, subprotocol. Ends after a Reset.

const { RPCClient } = require("ocpp-rpc");

const [endpoint, identity, password, protocol] = process.argv.slice(2);
const isOld = protocol === "ocpp1.6";
const tag = "CAFE01";
let meter = 10000;
let number = 0;
let seq = 0;
let remoteStartId;

const client = new RPCClient({ endpoint, identity, password, protocols: [protocol], strictMode: true, reconnect: false });
const now = () => new Date().toISOString();
const token = { idToken: tag, type: "ISO14443" };

function tell(eventType, triggerReason, more = {}) {
  const transactionInfo = { transactionId: `session-${number}`, chargingState: "Charging" };
  if (remoteStartId !== undefined) transactionInfo.remoteStartId = remoteStartId;
  const sampledValue = [{ value: meter, unitOfMeasure: { unit: "Wh" } }];
  const meterValue = [{ timestamp: now(), sampledValue }];
  const place = { evse: { id: 1, connectorId: 1 } };
  const event = { eventType, timestamp: now(), triggerReason, seqNo: seq++, transactionInfo, meterValue };
  return client.call("TransactionEvent", { ...event, ...place, ...more });
}

async function charge() {
  if (isOld) {
    const start = { connectorId: 1, idTag: tag, meterStart: meter, timestamp: now() };
    number = (await client.call("StartTransaction", start)).transactionId;
  } else {
    number += 1;
    seq = 0;
    await tell("Started", "Authorized", { idToken: token });
  }
  for (let i = 0; i < 3; i++) {
    meter += 2500;
    if (isOld) {
      const sampledValue = [{ value: String(meter), unit: "Wh" }];
      const meterValue = [{ timestamp: now(), sampledValue }];
      await client.call("MeterValues", { connectorId: 1, transactionId: number, meterValue });
    } else {
      await tell("Updated", "MeterValuePeriodic");
    }
  }
}

async function stop() {
  if (!isOld) return tell("Ended", "StopAuthorized");
  const payload = { transactionId: number, meterStop: meter, timestamp: now(), idTag: tag };
  return client.call("StopTransaction", payload);
}

const later = (act) => setTimeout(() => act().catch((error) => { console.error(error); process.exit(1); }), 10);

client.handle("RemoteStartTransaction", () => { later(charge); return { status: "Accepted" }; });
client.handle("RequestStartTransaction", ({ params }) => {
  remoteStartId = params.remoteStartId;
  later(charge);
  return { status: "Accepted" };
});
client.handle("RemoteStopTransaction", ({ params }) => {
  if (params.transactionId !== number) return { status: "Rejected" };
  later(stop);
  return { status: "Accepted" };
});
client.handle("RequestStopTransaction", ({ params }) => {
  if (params.transactionId !== `session-${number}`) return { status: "Rejected" };
  later(stop);
  return { status: "Accepted" };
});
client.handle("UnlockConnector", () => ({ status: "Unlocked" }));
client.handle("Reset", () => {
  setTimeout(() => client.close().then(() => process.exit(0)), 50);
  return { status: "Accepted" };
});

async function main() {
  await client.connect();
  const station = { vendorName: "npm", model: "ocpp-rpc" };
  const boot = isOld
    ? { chargePointVendor: "npm", chargePointModel: "ocpp-rpc" }
    : { reason: "PowerUp", chargingStation: station };
  const { status } = await client.call("BootNotification", boot);
  const asked = await client.call("Authorize", isOld ? { idTag: tag } : { idToken: token });
  console.log(JSON.stringify([status, (asked.idTagInfo ?? asked.idTokenInfo).status]));
  await charge();
  await stop();
}

main().catch((error) => { console.error(error); process.exit(1); });
