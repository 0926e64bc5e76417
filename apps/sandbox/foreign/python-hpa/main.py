"""A foreign provider: the Python package hpa as it is published, pointed at a host by its public parameters."""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

import hpa
from hpa import messaging


def main():
    token_url, push_url, app_id, secret, good, dead = sys.argv[1:]
    hpa.initialize_app(app_id, secret, token_server=token_url, push_open_url=push_url)
    notification = messaging.AndroidNotification(
        title="Python",
        body="hello from hpa",
        notify_id=486,
        click_action=messaging.AndroidClickAction(action_type=3),
        default_sound=True,
        vibrate_config=["1.5", "2"],
    )
    android = messaging.AndroidConfig(
        collapse_key=-1,
        urgency=messaging.AndroidConfig.HIGH_PRIORITY,
        ttl="10000s",
        bi_tag="from-python",
        notification=notification,
    )
    results = []
    for tokens in ([good], [good, dead], [dead]):
        message = messaging.Message(android=android, token=tokens)
        try:
            response = messaging.send_message(message)
            results.append({"code": response.code, "reason": response.reason, "requestId": response.requestId})
        except messaging.ApiCallError as error:
            results.append({"error": str(error)})
    print(json.dumps(results))


main()
