/** What the service worker tells its pages when the browser has changed the subscription. */
export const subscriptionChanged = 'reveille: the push subscription has changed';

/** What it tells them when a person has clicked a notification. */
export const clickedType = 'reveille-notification-clicked';
