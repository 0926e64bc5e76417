import { Body, Controller, Delete, Get, Headers, Inject, Param, Put } from '@nestjs/common';
import type { DescribeUserAnswer } from '@reveille/contracts/ask/presence';
import {
  deviceProofRequestSchema,
  registerPushRequestSchema,
  type RegisterPushResponse,
} from '@reveille/contracts/http/register-device';
import { deviceIdSchema, userIdSchema } from '@reveille/contracts/ids';
import { DOORS, type Doors } from '../doors.js';
import { readPart } from './read-request.js';

/** Push registration, logout without a connection, and what is known of a user. */
@Controller('v1')
export class DeviceController {
  constructor(@Inject(DOORS) private readonly doors: Doors) {}

  @Put('devices/:deviceId/push')
  async register(
    @Headers('authorization') bearer: string | undefined,
    @Param('deviceId') id: string,
    @Body() body: unknown,
  ): Promise<RegisterPushResponse> {
    const principal = await this.doors.authenticator.bearer(bearer);
    const request = readPart(registerPushRequestSchema, body, 'body');
    const { pushId, deviceSecret } = await this.doors.devices.registerPush(
      principal,
      readPart(deviceIdSchema, id, 'deviceId'),
      request,
    );
    return { pushId, deviceSecret };
  }

  @Delete('devices/:deviceId/push')
  async unregister(
    @Headers('authorization') bearer: string | undefined,
    @Param('deviceId') id: string,
    @Body() body: unknown,
  ): Promise<{ done: true }> {
    const principal = await this.doors.authenticator.bearer(bearer);
    await this.doors.devices.unregisterPush(
      principal,
      readPart(deviceIdSchema, id, 'deviceId'),
      readPart(deviceProofRequestSchema, body ?? {}, 'body'),
    );
    return { done: true };
  }

  @Delete('devices/:deviceId/binding')
  async unbind(
    @Headers('authorization') bearer: string | undefined,
    @Param('deviceId') id: string,
    @Body() body: unknown,
  ): Promise<{ done: true }> {
    const principal = await this.doors.authenticator.bearer(bearer);
    await this.doors.devices.unbindUser(
      principal,
      readPart(deviceIdSchema, id, 'deviceId'),
      readPart(deviceProofRequestSchema, body ?? {}, 'body'),
    );
    return { done: true };
  }

  @Get('users/:user')
  async describe(
    @Headers('authorization') bearer: string | undefined,
    @Param('user') user: string,
  ): Promise<DescribeUserAnswer> {
    const principal = await this.doors.authenticator.bearer(bearer);
    return this.doors.devices.describeUser(principal, readPart(userIdSchema, user, 'user'));
  }
}
