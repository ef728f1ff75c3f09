// Composes graphs with Apollo's composer, line by line until stdin ends.
// a line of stdin: {subgraph: SDL}, its answer a line of stdout: {"seconds": CPU time, "supergraph": SDL}
const { createInterface } = require("node:readline");
const { composeServices } = require("@apollo/composition");
const { parse } = require("graphql");

createInterface({ input: process.stdin }).on("line", (line) => {
  const sdls = Object.entries(JSON.parse(line));
  const began = process.cpuUsage();
  const services = sdls.map(([name, sdl]) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(sdl) }));
  const { errors, supergraphSdl } = composeServices(services, { runSatisfiability: true });
  if (errors) throw new Error(errors.map((error) => error.message).join("\n"));
  const { user, system } = process.cpuUsage(began);
  process.stdout.write(`${JSON.stringify({ seconds: (user + system) / 1e6, supergraph: supergraphSdl })}\n`);
});
