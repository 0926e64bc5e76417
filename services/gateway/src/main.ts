import { runProcess } from '@reveille/chassis/lifecycle';
import { readConfig } from './config.js';
import { buildGateway } from './gateway.module.js';

await runProcess('gateway', () => buildGateway(readConfig()));
