/** What the doors are given by the module. */
export const DELIVER_MESSAGE = Symbol('deliver message');
export const WITHDRAW_PUSHES = Symbol('withdraw pushes');
export const CLOCK = Symbol('clock');
export const FIND_MESSAGE = Symbol('find message');
export const READ_INBOX = Symbol('read inbox');
export const SHOW_TIMELINE = Symbol('show timeline');
export const LOCATE_PUSHES = Symbol('locate pushes');
export const SETTLE_DEAD_LETTER = Symbol('settle dead letter');
export const CHANGE_APP = Symbol('change app');
export const CHECK_STANDING = Symbol('check standing');
