import type { Command } from 'commander';
import { clientToken } from '../town/client-token.js';
import { appOf, defaultDataFolder, readReady } from '../town/running-town.js';
import { wholeNumber } from './town-flags.js';

/** `reveille token <user>`: a client's JWT, as the app's own server would sign it. */
export function addToken(program: Command): void {
  program
    .command('token')
    .description(
      "Print a client's JWT for a user, signed with the demo app's key (for curl and for trying the SDK).",
    )
    .argument('<user>')
    .option('--data <dir>', 'the folder of the town', defaultDataFolder)
    .option('--app <id>', 'the app (default: the first one)')
    .option('--seconds <n>', 'how long it is valid, at most 86400', wholeNumber(1, 86_400), 3_600)
    .action(async (user: string, options: { data: string; app?: string; seconds: number }) => {
      console.log(await clientToken(appOf(readReady(options.data), options.app), user, options.seconds));
    });
}
