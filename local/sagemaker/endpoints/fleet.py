"""The containers that serve an endpoint: one process for each variant."""

import random
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

from local.sagemaker import models
from local.sagemaker.answers import Data
from local.sagemaker.serving.container import Container

LOG_GROUP = "/aws/sagemaker/Endpoints"


class Variant:
    """One variant: its weight, its container, and where that logs."""

    def __init__(self, endpoint: str, given: Data) -> None:
        self.name, self.weight = str(given["VariantName"]), float(given["InitialVariantWeight"])
        self.serverless = bool(given.get("ServerlessConfig"))
        self.model = models.find(given["ModelName"])
        self.stream = f"{self.name}/i-{secrets.token_hex(8)}"
        self.group = f"{LOG_GROUP}/{endpoint}"
        self.container = Container(self.model, logs=(self.group, self.stream), environment={})


class Fleet:
    """The variants of one configuration of an endpoint."""

    def __init__(self, endpoint: str, config: Data) -> None:
        self.config = config
        self.variants = {each["VariantName"]: Variant(endpoint, each) for each in config["ProductionVariants"]}
        self._asked = 0
        self._idle = threading.Condition()

    def start(self) -> None:
        """Start every container and wait until all answer; if one does not, none stays. Raises what containers raise."""
        try:
            with ThreadPoolExecutor(len(self.variants)) as pool:
                list(pool.map(lambda each: each.container.start(), self.variants.values()))
        except BaseException:
            self.stop()
            raise

    def chosen(self, name: str) -> Variant | None:
        """The variant of this name; without a name one by weight."""
        if name:
            return self.variants.get(name)
        every = list(self.variants.values())
        return random.choices(every, weights=[each.weight for each in every])[0]  # noqa: S311 - no secret

    def take(self) -> "Fleet":
        """Keep the containers until `give_back`: whoever replaces them waits for that."""
        with self._idle:
            self._asked += 1
        return self

    def give_back(self) -> None:
        """Say that a request has been answered."""
        with self._idle:
            self._asked -= 1
            self._idle.notify_all()

    def stop(self, *, grace: float = 0.0) -> None:
        """End every container, after `grace` seconds for what they are being asked."""
        with self._idle:
            self._idle.wait_for(lambda: not self._asked, timeout=grace)
        for each in self.variants.values():
            each.container.stop()
