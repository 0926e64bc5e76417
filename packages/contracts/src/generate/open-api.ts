import { problemSchema, type Route, routes } from '../http/routes.js';
import { jsonSchemaOf } from './json-schemas.js';

const problem = {
  description: 'A problem document (RFC 9457); `code` is what programs decide by.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** The OpenAPI 3.1 document of the gateway. */
export function buildOpenApi(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Reveille gateway',
      version: '1.0.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        "Clients authenticate with a JWT of their app (ES256 or EdDSA; `aud` the app, `sub` the user, `exp` at most 24 h after `iat`), servers with the app's API key. Both go into `Authorization: Bearer`.",
    },
    servers: [{ url: 'http://127.0.0.1:7400' }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: jsonSchemaOf(problemSchema) },
    },
  };
}

function operation(route: Route): Record<string, unknown> {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => ({
    name: match[1],
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(route.query ?? {}).map(([name, parameter]) => ({
    name,
    in: 'query',
    required: parameter.required,
    description: parameter.description,
    schema: jsonSchemaOf(parameter.schema),
  }));
  return {
    operationId: route.operationId,
    summary: route.summary,
    parameters: [...inPath, ...inQuery],
    ...(route.request === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchemaOf(route.request) } },
          },
        }),
    responses: {
      [String(route.status)]: {
        description: 'Done.',
        content: { 'application/json': { schema: jsonSchemaOf(route.response) } },
      },
      default: problem,
    },
  };
}
