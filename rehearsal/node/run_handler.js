// Runs a Lambda handler as a plain process: node run_handler.js DIRECTORY FILE.FUNCTION < event.
"use strict";
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const path = require("node:path");

const [directory, handler] = process.argv.slice(2);
const event = JSON.parse(fs.readFileSync(0, "utf8"));
const answerTo = new URL(event.ResponseURL);

// Handlers answer with https and drop the port of ResponseURL. Nothing else of theirs uses https:
// the endpoint of the stand-in is http.
https.request = (options, callback) => {
  const host = options.hostname ?? options.host;
  if (host !== answerTo.hostname) throw new Error(`the handler tried to reach ${host}`);
  return http.request({ ...options, protocol: "http:", port: answerTo.port }, callback);
};

const [file, name] = [handler.slice(0, handler.lastIndexOf(".")), handler.split(".").at(-1)];
const context = { awsRequestId: event.RequestId, logStreamName: "rehearsal" };
Promise.resolve(require(path.join(directory, file))[name](event, context)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
