// Composes graphs with two other vendors' composers, line by line until stdin ends.
// a line of stdin: [[{"name", "url", "sdl"}]], its answer a line of stdout: [{"apollo": verdict, "guild": verdict}],
// a verdict being {"codes": [code], "messages": [text], "supergraph": SDL or null, "api": SDL or null,
// "hints": ["CODE coordinate"], of Apollo's only}
const { createInterface } = require("node:readline");
const apollo = require("@apollo/composition");
const { printSchema } = require("@apollo/federation-internals");
const guild = require("@theguild/federation-composition");
const { GraphQLError, parse } = require("graphql");

// A text that does not parse never reaches a composer here, and one that throws has refused all the same.
function codeOf(failure) {
  if (failure instanceof GraphQLError) return failure.extensions?.code ?? "INVALID_GRAPHQL";
  return failure.extensions?.code ?? failure.code ?? "CRASH";
}

function judged(compose) {
  try {
    const { errors, supergraph, api, hints } = compose();
    const found = errors ?? [];
    return {
      codes: [...new Set(found.map((error) => error.extensions?.code ?? error.message))].sort(),
      messages: found.map((error) => error.message),
      supergraph: supergraph ?? null,
      api: api ?? null,
      hints: (hints ?? []).map(({ definition, coordinate }) => `${definition.code} ${coordinate ?? ""}`),
    };
  } catch (failure) {
    return { codes: [codeOf(failure)], messages: [String(failure.stack)], supergraph: null, api: null, hints: [] };
  }
}

function byApollo(graph) {
  const services = graph.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
  const { errors, schema, supergraphSdl, hints } = apollo.composeServices(services);
  return { errors, supergraph: supergraphSdl, api: schema && printSchema(schema.toAPISchema()), hints };
}

function byGuild(graph) {
  const services = graph.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
  const { errors, supergraphSdl, publicSdl } = guild.composeServices(services);
  return { errors, supergraph: supergraphSdl, api: publicSdl };
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const graphs = JSON.parse(line);
  const verdicts = graphs.map((graph) => ({ apollo: judged(() => byApollo(graph)), guild: judged(() => byGuild(graph)) }));
  process.stdout.write(`${JSON.stringify(verdicts)}\n`);
});
