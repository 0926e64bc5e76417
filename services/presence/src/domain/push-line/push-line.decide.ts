import type { PushLineSuspected, PushLineTrusted } from '@reveille/contracts/device/push-line';
import { accept, type Decider } from '@reveille/eventing/decider';
import { evolvePushLine, type PushLine, type PushLineEvent, trustedLine } from './push-line.state.js';

export type PushLineCommand =
  | { readonly type: 'suspect'; readonly data: PushLineSuspected }
  | { readonly type: 'trust'; readonly data: PushLineTrusted };

export const pushLineDecider: Decider<PushLineCommand, PushLineEvent, PushLine> = {
  initialState: trustedLine,
  evolve: evolvePushLine,
  decide(command, { suspicion }) {
    if (command.type === 'suspect') {
      return suspicion === null ? accept({ type: 'push-line-suspected', data: command.data }) : accept();
    }
    return suspicion === null ? accept() : accept({ type: 'push-line-trusted', data: command.data });
  },
};
