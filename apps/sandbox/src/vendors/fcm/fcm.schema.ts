/**
 * The shape of a send request, as Google's discovery document for FCM v1 has it. Field names are the snake case ones;
 * proto3 JSON takes the camel case ones as well.
 */
export type FieldType =
  | {
      readonly kind:
        | 'string'
        | 'bool'
        | 'int'
        | 'number'
        | 'duration'
        | 'timestamp'
        | 'stringMap'
        | 'anyObject';
    }
  | { readonly kind: 'enum'; readonly typeName: string; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly of: FieldType }
  | { readonly kind: 'object'; readonly fields: Fields };

export type Fields = Readonly<Record<string, FieldType>>;

const string = { kind: 'string' } as const;
const bool = { kind: 'bool' } as const;
const int = { kind: 'int' } as const;
const number = { kind: 'number' } as const;
const duration = { kind: 'duration' } as const;
const stringMap = { kind: 'stringMap' } as const;
const anyObject = { kind: 'anyObject' } as const;
const object = (fields: Fields): FieldType => ({ kind: 'object', fields });
const list = (of: FieldType): FieldType => ({ kind: 'list', of });
const choice = (typeName: string, values: readonly string[]): FieldType => ({
  kind: 'enum',
  typeName,
  values,
});

const texts = (...names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, string]));

const lightSettings = object({
  color: object({ red: number, green: number, blue: number, alpha: number }),
  light_on_duration: duration,
  light_off_duration: duration,
});

const androidNotification = object({
  ...texts(
    'title',
    'body',
    'icon',
    'color',
    'sound',
    'tag',
    'click_action',
    'body_loc_key',
    'title_loc_key',
    'channel_id',
    'ticker',
    'image',
  ),
  body_loc_args: list(string),
  title_loc_args: list(string),
  sticky: bool,
  event_time: { kind: 'timestamp' },
  local_only: bool,
  notification_priority: choice('AndroidNotification.NotificationPriority', [
    'PRIORITY_UNSPECIFIED',
    'PRIORITY_MIN',
    'PRIORITY_LOW',
    'PRIORITY_DEFAULT',
    'PRIORITY_HIGH',
    'PRIORITY_MAX',
  ]),
  default_sound: bool,
  default_vibrate_timings: bool,
  default_light_settings: bool,
  vibrate_timings: list(duration),
  visibility: choice('AndroidNotification.Visibility', [
    'VISIBILITY_UNSPECIFIED',
    'PRIVATE',
    'PUBLIC',
    'SECRET',
  ]),
  notification_count: int,
  light_settings: lightSettings,
  bypass_proxy_notification: bool,
  proxy: choice('AndroidNotification.Proxy', ['PROXY_UNSPECIFIED', 'ALLOW', 'DENY', 'IF_PRIORITY_LOWERED']),
});

const android = object({
  collapse_key: string,
  priority: choice('AndroidConfig.AndroidMessagePriority', ['NORMAL', 'HIGH']),
  ttl: duration,
  restricted_package_name: string,
  data: stringMap,
  notification: androidNotification,
  fcm_options: object({ analytics_label: string }),
  direct_boot_ok: bool,
  bandwidth_constrained_ok: bool,
  restricted_satellite_ok: bool,
});

const webpush = object({
  headers: stringMap,
  data: stringMap,
  notification: anyObject,
  fcm_options: object({ link: string, analytics_label: string }),
});

const apns = object({
  headers: stringMap,
  payload: anyObject,
  fcm_options: object({ analytics_label: string, image: string }),
  live_activity_token: string,
});

const message = object({
  name: string,
  data: stringMap,
  notification: object(texts('title', 'body', 'image')),
  android,
  webpush,
  apns,
  fcm_options: object({ analytics_label: string }),
  token: string,
  topic: string,
  condition: string,
});

/** What a body of `messages:send` is made of. */
export const sendRequestFields: Fields = { message, validate_only: bool };
