// Holds the audits of GraphQL over HTTP against a server.
// stdin: {"url"}; stdout: [{"name", "status", "reason"}]
const { readFileSync } = require("node:fs");
const { auditServer } = require("graphql-http");

const { url } = JSON.parse(readFileSync(0, "utf8"));
auditServer({ url, fetchFn: fetch }).then((results) => {
  const told = results.map(({ name, status, reason }) => ({ name, status, reason: reason ?? "" }));
  process.stdout.write(JSON.stringify(told));
});
