// Loaded into every Node child of a rehearsal: no connection but to loopback, and a record of what
// was tried, because the CDK CLI swallows the failures of its side trips.
"use strict";
const dns = require("node:dns");
const fs = require("node:fs");
const net = require("node:net");

// Names below localhost are this machine's by RFC 6761; S3 clients put the bucket there.
const isBelowLocalhost = (host) => typeof host === "string" && host.endsWith(".localhost");
const isLoopback = (host) =>
  host === "localhost" || host === "::1" || isBelowLocalhost(host) || (net.isIPv4(host) && host.startsWith("127."));

function refuse(host, port) {
  fs.appendFileSync(process.env.REHEARSAL_REFUSED_CONNECTIONS, `${host}:${port}\n`);
  return new Error(`refused to connect to ${host}: a rehearsal talks to loopback only`);
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  const options =
    typeof first === "object" ? first : { port: first, host: typeof args[1] === "string" ? args[1] : undefined };
  const host = options.host ?? "localhost";
  if (!options.path && !isLoopback(host)) {
    const error = refuse(host, options.port);
    // Later: TLS still sets its socket up when this returns.
    process.nextTick(() => this.destroy(error));
    return this;
  }
  return connect.apply(this, args);
};

// Not every resolver knows the RFC, and some would ask the network.
const onThisMachine = (host) => (isBelowLocalhost(host) ? "localhost" : host);

// A name is looked up before the connection is tried: the question alone would leave the machine.
const questions = (module) => Object.keys(module).filter((name) => /^(lookup|resolve|reverse)/.test(name));
for (const name of questions(dns)) {
  const ask = dns[name];
  dns[name] = function (host, ...rest) {
    if (isLoopback(host)) return ask.call(this, onThisMachine(host), ...rest);
    const error = refuse(host, "dns");
    process.nextTick(() => rest.at(-1)(error));
  };
}
for (const name of questions(dns.promises)) {
  const ask = dns.promises[name];
  dns.promises[name] = async function (host, ...rest) {
    if (isLoopback(host)) return ask.call(this, onThisMachine(host), ...rest);
    throw refuse(host, "dns");
  };
}
