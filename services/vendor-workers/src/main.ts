import { runProcess } from '@reveille/chassis/lifecycle';
import { readConfig } from './config.js';
import { buildVendorWorkers } from './vendor-workers.module.js';

await runProcess('vendor-workers', () => buildVendorWorkers(readConfig()));
