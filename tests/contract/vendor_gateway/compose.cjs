// Composes each graph with another vendor's composer.
// stdin: [[{"name", "url", "sdl"}]]; stdout: [{"codes": [code], "supergraph": SDL or null}]
const { readFileSync } = require("node:fs");
const { composeServices } = require("@apollo/composition");
const { parse } = require("graphql");

const graphs = JSON.parse(readFileSync(0, "utf8"));
const results = graphs.map((graph) => {
  const services = graph.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
  const { errors, supergraphSdl } = composeServices(services);
  const codes = (errors ?? []).map((error) => error.extensions?.code ?? error.message);
  return { codes: [...new Set(codes)].sort(), supergraph: supergraphSdl ?? null };
});
process.stdout.write(JSON.stringify(results));
