import type { Body } from '../../control/body.js';

export interface XiaomiChannelRegistration {
  readonly id: string;
  readonly kind: 'public' | 'private';
}

/** A private template: `{name}` in its texts is a variable. */
export interface XiaomiTemplate {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** An app as Xiaomi knows it. */
export interface XiaomiApp {
  readonly packages: readonly string[];
  readonly secret: string;
  readonly channels: readonly XiaomiChannelRegistration[];
  readonly templates: readonly XiaomiTemplate[];
}

/** What Xiaomi counts an app under. */
export function appNameOf({ packages: [first = ''] }: XiaomiApp): string {
  return first;
}

/** The registered apps, by what proves them: the AppSecret. */
export class XiaomiApps {
  readonly #byPackage = new Map<string, XiaomiApp>();

  /** Takes the place of the app with the same first package. */
  register(app: XiaomiApp): void {
    this.#byPackage.set(appNameOf(app), app);
  }

  /** @param header `key=<AppSecret>`, exactly so */
  find(header: string | undefined): XiaomiApp | null {
    for (const app of this.#byPackage.values()) if (header === `key=${app.secret}`) return app;
    return null;
  }
}

/** `PUT /xiaomi/apps`. */
export function readApp(body: Body): XiaomiApp {
  return {
    packages: body.textsOrNull('packages') ?? [body.text('package')],
    secret: body.text('secret'),
    channels: body.has('channels')
      ? body.list('channels').map((channel) => ({
          id: channel.text('id'),
          kind: channel.oneOf('kind', ['public', 'private'], null),
        }))
      : [],
    templates: body.has('templates')
      ? body.list('templates').map((template) => ({
          id: template.text('id'),
          title: template.text('title'),
          description: template.text('description'),
        }))
      : [],
  };
}
