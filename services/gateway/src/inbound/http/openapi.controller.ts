import { Controller, Get, Header } from '@nestjs/common';
import { buildOpenApi } from '@reveille/contracts/generate/open-api';

const document = buildOpenApi();

/** The description of this API, as it is checked in. */
@Controller()
export class OpenApiController {
  @Get('openapi.json')
  @Header('cache-control', 'public, max-age=300')
  read(): Record<string, unknown> {
    return document;
  }
}
