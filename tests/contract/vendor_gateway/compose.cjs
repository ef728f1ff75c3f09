// Composes each graph with another vendor's composer.
// stdin: [[{"name", "url", "sdl"}]]; stdout: [{"codes": [code], "supergraph": SDL or null}]
const { readFileSync } = require("node:fs");
const { composeServices } = require("@apollo/composition");
const { parse } = require("graphql");

// A composer that throws has refused all the same.
function composed(services) {
  try {
    return composeServices(services);
  } catch (failure) {
    return { errors: [{ message: "CRASH" }] };
  }
}

const graphs = JSON.parse(readFileSync(0, "utf8"));
const results = graphs.map((graph) => {
  const services = graph.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
  const { errors, supergraphSdl } = composed(services);
  const codes = (errors ?? []).map((error) => error.extensions?.code ?? error.message);
  return { codes: [...new Set(codes)].sort(), supergraph: supergraphSdl ?? null };
});
process.stdout.write(JSON.stringify(results));
