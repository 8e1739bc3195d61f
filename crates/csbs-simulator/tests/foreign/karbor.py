"""Drives the simulator with Karbor's client: the ancestor of CSBS, whose envelopes it still has.

usage: karbor.py URL TOKEN PROJECT POLICY CHECKPOINT
"""

import sys
import warnings

warnings.simplefilter("ignore")

from karborclient.common.apiclient import exceptions
from karborclient.v1 import client as karbor

PROVIDER = "fc4d5750-22e7-4798-8a46-f48f62c4c1da"


def check(what, true):
    print(("ok    " if true else "WRONG ") + what, flush=True)
    if not true:
        sys.exit(1)


def main(url, token, project, policy, checkpoint):
    client = karbor.Client(f"{url}/v1/{project}", token=token)
    made = client.checkpoints.create(PROVIDER, policy, None)
    check("running a policy makes a checkpoint", made.protection_plan["id"] == policy)
    client.checkpoints.delete(PROVIDER, checkpoint)
    check("deleting a checkpoint", True)
    # CSBS's own errors are flat, which this client cannot read; those that are still Karbor's it can.
    stranger = karbor.Client(f"{url}/v1/00000000000000000000000000000000", token=token)
    try:
        stranger.checkpoints.delete(PROVIDER, checkpoint)
        check("another project is not found", False)
    except exceptions.NotFound as refusal:
        check("another project is not found", "Project" in str(refusal))


main(*sys.argv[1:])
