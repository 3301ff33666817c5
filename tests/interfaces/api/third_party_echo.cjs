// A station made with the npm package ocpp-rpc that does what it is asked for and tells what came.
// Arguments: address of the gateway, identity, password, subprotocol; its answers by action come as JSON on stdin.

const { RPCClient } = require("ocpp-rpc");

const [endpoint, identity, password, protocol] = process.argv.slice(2);
const answers = JSON.parse(require("fs").readFileSync(0, "utf8"));
const client = new RPCClient({ endpoint, identity, password, protocols: [protocol], strictMode: true, reconnect: false });

client.handle(({ method, params }) => {
  console.log(JSON.stringify([method, params]));
  return answers[method];
});

async function main() {
  await client.connect();
  const old = { chargePointVendor: "npm", chargePointModel: "ocpp-rpc" };
  const boot = { reason: "PowerUp", chargingStation: { vendorName: "npm", model: "ocpp-rpc" } };
  await client.call("BootNotification", protocol === "ocpp1.6" ? old : boot);
}

main().catch((error) => { console.error(error); process.exit(1); });
