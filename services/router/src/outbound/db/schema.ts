/** The schema and the role that router's views live under. */
export const routerSchema = 'router';

/** The views on their shelf: all of it can be made again from the log. Times are epoch milliseconds. */
export interface RouterTables {
  /** Of two with the same sender and client message id the second has no `client_message_id` here: it is not the message. */
  'router.message': {
    app_id: string;
    message_id: string;
    /** In MESSAGES. */
    position: number;
    sender: string;
    client_message_id: string | null;
    partition: number;
    accepted_at: number;
    /** Content and priority as the recipient's client gets them. */
    item: unknown;
  };
  'router.inbox': {
    app_id: string;
    recipient: string;
    position: number;
    message_id: string;
    accepted_at: number;
  };
  'router.revocation': { app_id: string; message_id: string; revoked_at: number; position: number };
  /** One row per recipient; a round without recipients is kept as one of the recipient `''`. */
  'router.delivery': {
    app_id: string;
    message_id: string;
    chunk: number;
    round: number;
    recipient: string;
    partition: number;
    /** `[{deviceId, verdict}]` */
    verdicts: unknown;
    settled_at: number;
    /** In DELIVERIES. */
    position: number;
  };
  'router.late_acknowledgement': {
    app_id: string;
    message_id: string;
    device_id: string;
    recipient: string;
    acknowledged_at: number;
    position: number;
  };
  'router.push_attempt': {
    app_id: string;
    message_id: string;
    /** In PUSHES. */
    position: number;
    event: string;
    job_id: string;
    vendor: string;
    attempt: number;
    at: number;
  };
  /** One row per different receipt of a push. */
  'router.push_receipt': {
    app_id: string;
    message_id: string;
    vendor: string;
    /** `''` where the receipt names no token. */
    token_ref: string;
    status: string;
    vendor_code: string;
    /** In PUSHES. */
    position: number;
    at: number;
  };
  /** Pushes whose message id does not fit a receipt. */
  'router.push_vendor_id': {
    app_id: string;
    vendor: string;
    vendor_id: string;
    message_id: string;
    at: number;
  };
  'router.projection_position': {
    view: string;
    stream_created_at: number;
    position: number;
  };
}
