import type { Bus } from '@reveille/bus/connect';
import { respond, type Responder } from '@reveille/bus/respond';
import type { LiveAnswerInput } from '@reveille/contracts/ask/live';
import type { AppId, UserId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';

type Deliver = (app: AppId, user: UserId, body: unknown, answer: (reply: LiveAnswerInput) => void) => void;

/** Hears the live asks of the users who are connected here, and of nobody else: an ask of nobody finds no responder at once. */
export class LiveSubscriber {
  readonly #responders = new Map<string, { responder: Responder; heard: Promise<void> }>();

  constructor(
    private readonly bus: Bus,
    private readonly deliver: Deliver,
  ) {}

  /** Resolves when the server knows that this user is here. */
  arrived(app: AppId, user: UserId): Promise<void> {
    const subject = subjects.live(app, user);
    const known = this.#responders.get(subject);
    if (known !== undefined) return known.heard;
    const responder = respond(this.bus, subject, { queue: null }, (body, context) => {
      this.deliver(app, user, body, (reply) => context.reply(reply));
    });
    const heard = this.bus.nc.flush();
    this.#responders.set(subject, { responder, heard });
    return heard;
  }

  left(app: AppId, user: UserId): void {
    const subject = subjects.live(app, user);
    const known = this.#responders.get(subject);
    this.#responders.delete(subject);
    void known?.responder
      .stop()
      .catch((error: unknown) => this.bus.logger.warn('a live subscription did not end well', { error }));
  }
}
