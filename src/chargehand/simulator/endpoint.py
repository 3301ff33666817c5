"""A station as an OCPP-J peer: link, boot, heartbeat, calls out and commands in; nothing of charging."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, ClassVar

import msgspec

from chargehand.simulator.link import Door, Link, LinkError
from chargehand.simulator.outbox import Call, Outbox, Payload
from chargehand.simulator.timeline import Timeline, Timer

log = logging.getLogger(__name__)

Handler = Callable[[Any, Payload], Payload]
_FIRST_BACK_OFF_S = 2.0
_LONGEST_BACK_OFF_S = 120.0
_BOOT_RETRY_S = 60.0


class Sent(msgspec.Struct, frozen=True):
    """A CALL that left the station; `at` is simulated time in seconds since 1970."""

    action: str
    payload: Payload
    message_id: str
    at: float


class Answer(msgspec.Struct, frozen=True):
    """What the CSMS answered to a CALL; `payload` is None for a CALLERROR, whose code is `error`."""

    action: str
    payload: Payload | None
    message_id: str
    error: str = ""


class Command(msgspec.Struct, frozen=True):
    """What the CSMS asked and the station answered; `answer` is None when it was a CALLERROR."""

    action: str
    payload: Payload
    answer: Payload | None


class Endpoint(ABC):
    """Keep one station connected and speak OCPP-J for it."""

    subprotocol: ClassVar[str]
    format_error: ClassVar[str]
    commands: ClassVar[dict[str, Handler]]

    def __init__(self, door: Door, *, timeline: Timeline, rng: Random, remember: int | None = 500) -> None:
        self.door = door
        self.timeline = timeline
        self.link_timeline = timeline
        """Where link, boot and heartbeat live; the rest of the station may be in the past for a replay."""
        self.rng = rng
        self._link_rng = Random(rng.getrandbits(64))  # noqa: S311 - the network's chance must not change physics
        self.sent: deque[Sent] = deque(maxlen=remember)
        self.answers: deque[Answer] = deque(maxlen=remember)
        self.received: deque[Command] = deque(maxlen=remember)
        self.remembers = remember != 0
        self.messages_sent = 0
        self.clock_error_s = 0.0
        self.is_silent = False
        self.ignores_commands = False
        self.says_twice = False
        self.is_accepted = False
        self.has_booted = False
        self.boots_itself = True
        self.boot_reason = "PowerUp"
        self.heartbeat_interval_s = 300.0
        self.outbox = Outbox(timeline, self._transmit, self._new_id)
        self.afterwards: list[Callable[[], None]] = []
        self._link: Link | None = None
        self._wants_link = False
        self._attempts = 0
        self._heartbeat: Timer | None = None
        self._boot_timer: Timer | None = None
        self.connecting: asyncio.Task[None] | None = None
        self._commanded: asyncio.Event | None = None
        self._accepted: asyncio.Event | None = None
        self._run = f"{int(timeline.clock.now() * 1000):x}.{self._link_rng.getrandbits(24):06x}"
        self._count = 0

    @abstractmethod
    def say_boot(self, reason: str) -> None:
        """Queue a BootNotification whose answer goes to `boot_answered`."""

    @abstractmethod
    def accepted(self, *, rebooted: bool) -> None:
        """The CSMS has accepted the station (again): tell it what it must know now."""

    @property
    def is_connected(self) -> bool:
        return self._link is not None and self._link.is_open

    @property
    def is_online(self) -> bool:
        """Return whether the station can ask the CSMS something and hear an answer."""
        return self.is_connected and self.is_accepted and not self.is_silent

    def stamp(self) -> str:
        """Return the station's own time as OCPP writes it, with the error of its clock."""
        return self.timeline.clock.stamp(self.clock_error_s)

    async def open_link(self) -> None:
        """Connect once; raise `LinkError` when that fails."""
        link = Link(self)
        await link.open(self.door, self.subprotocol)
        self._wants_link = True
        self._attempts = 0
        self._link = link
        self.outbox.connected()
        self.outbox.is_open = self.is_accepted = self.has_booted
        if self.has_booted:
            if self._accepted is not None:
                self._accepted.set()
            self._beat_later()
            self.accepted(rebooted=False)
            self.outbox.pump()
        elif self.boots_itself:
            self.say_boot(self.boot_reason)

    def start(self) -> None:
        """Connect, and keep trying and reconnecting until `shut`."""
        self._wants_link = True
        if self.connecting is None or self.connecting.done():
            self.connecting = asyncio.ensure_future(self._try_to_connect())

    async def _try_to_connect(self) -> None:
        try:
            await self.open_link()
        except LinkError as problem:
            log.info("%s", problem)
            self._connect_later()

    def _connect_later(self) -> None:
        """Wait longer after every failure and never in step with other stations."""
        longest = min(_LONGEST_BACK_OFF_S, _FIRST_BACK_OFF_S * 2.0**self._attempts)
        self._attempts += 1
        delay = self.link_timeline.clock.simulated(longest * self._link_rng.uniform(0.5, 1.0))
        self.link_timeline.after(delay, self._connect_if_wanted)

    def _connect_if_wanted(self) -> None:
        if self._wants_link and not self.is_connected:
            self.start()

    def cut_link(self, *, politely: bool = False) -> None:
        """Drop the connection; nothing reconnects until `start` or `open_link`."""
        self._wants_link = False
        if self.connecting is not None and not self.connecting.done():
            self.connecting.cancel()
        if self._link is not None:
            link, self._link = self._link, None
            (link.close if politely else link.cut)()
            self._went_offline()

    def lose_link(self) -> None:
        """Have the connection break without the station's will: it reconnects by itself."""
        self.cut_link()
        self._wants_link = True
        self._connect_later()

    def shut(self) -> Link | None:
        """Close for good and let go of timers; return the connection that still has to end."""
        link = self._link
        self.cut_link(politely=True)
        self.outbox.close()
        return link

    def restart(self, reason: str, *, takes_s: float, politely: bool = True) -> None:
        """Reboot: the link closes; after `takes_s` simulated seconds the station connects and boots again."""
        self.cut_link(politely=politely)
        self.has_booted = False
        self.boots_itself = True
        self.boot_reason = reason
        self._wants_link = True
        self.link_timeline.after(takes_s, self._connect_if_wanted)

    def link_closed(self, link: Link) -> None:
        """Notice that the other side, or the network, ended the connection."""
        if link is not self._link:
            return
        self._link = None
        self._went_offline()
        if self._wants_link:
            self._connect_later()

    def _went_offline(self) -> None:
        self.is_accepted = False
        self.outbox.is_open = False
        for timer in (self._heartbeat, self._boot_timer):
            if timer is not None:
                timer.cancel()
        self.outbox.disconnected()

    def boot_answered(self, answer: Payload | None) -> None:
        """Go on if Accepted; otherwise ask again after the interval (1.6 4.2, 2.0.1 B01–B03)."""
        if not self.is_connected:
            return
        answer = answer or {}
        interval = float(answer.get("interval") or 0)
        if answer.get("status") != "Accepted":
            delay = self.link_timeline.clock.simulated(interval if interval > 0 else _BOOT_RETRY_S)
            self._boot_timer = self.link_timeline.after(delay, lambda: self.say_boot(self.boot_reason))
            return
        self.heartbeat_interval_s = interval if interval > 0 else self.heartbeat_interval_s
        self.has_booted = self.is_accepted = self.outbox.is_open = True
        self._beat_later()
        if self._accepted is not None:
            self._accepted.set()
        self.accepted(rebooted=True)

    def _beat_later(self) -> None:
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        delay = self.link_timeline.clock.simulated(self.heartbeat_interval_s)
        self._heartbeat = self.link_timeline.after(delay, self._beat)

    def _beat(self) -> None:
        if self.is_online:
            self.outbox.put("Heartbeat", {}, is_urgent=True)
            self._beat_later()

    def change_heartbeat(self, interval_s: float) -> None:
        """Beat every `interval_s` real seconds from now on."""
        self.heartbeat_interval_s = interval_s
        if self.is_online:
            self._beat_later()

    def change_password(self, password: str | bytes) -> None:
        """Use another password from the next connection on, and make that connection soon."""
        self.door = msgspec.structs.replace(self.door, password=password)
        self.afterwards.append(self.lose_link)

    def _new_id(self) -> str:
        self._count += 1
        return f"{self._run}.{self._count}"

    def _transmit(self, call: Call) -> None:
        payload = call.payload() if callable(call.payload) else call.payload
        call.payload = payload
        self.messages_sent += 1
        if self.remembers:
            now = self.timeline.clock.now()
            self.sent.append(Sent(call.action, payload, call.message_id, now))
        for _ in range(1 + self.says_twice):
            self._write([2, call.message_id, call.action, payload])

    def _write(self, frame: list[Any]) -> None:
        if self._link is not None and not self.is_silent:
            self._link.send(msgspec.json.encode(frame))

    def link_received(self, text: bytes) -> None:
        """Take one message from the CSMS; what is no OCPP-J frame is ignored (J16 4.2)."""
        if self.is_silent:
            return
        try:
            frame = msgspec.json.decode(text, type=list[Any])
        except msgspec.DecodeError:
            return
        match frame:
            case [2, str(message_id), str(action), dict(payload)]:
                self._obey(message_id, action, payload)
            case [3, str(message_id), dict(payload)]:
                self._answered(message_id, payload, "")
            case [4, str(message_id), str(code), *_]:
                self._answered(message_id, None, code)
            case _:
                log.info("%s ignored a message that is no OCPP-J frame", self.door.identity)

    def _record(self, command: Command) -> None:
        self.received.append(command)
        if self._commanded is not None:
            self._commanded.set()

    async def wait_until_accepted(self) -> None:
        """Wait until the CSMS has accepted the boot."""
        while not self.is_accepted:
            self._accepted = self._accepted or asyncio.Event()
            self._accepted.clear()
            await self._accepted.wait()

    async def wait_for_command(self) -> None:
        """Wait until the CSMS has asked something (more)."""
        self._commanded = self._commanded or asyncio.Event()
        self._commanded.clear()
        await self._commanded.wait()

    def _answered(self, message_id: str, payload: Payload | None, error: str) -> None:
        call = self.outbox.outstanding
        if call is not None and self.remembers:
            self.answers.append(Answer(call.action, payload, message_id, error))
        self.outbox.answered(message_id, payload)

    def _obey(self, message_id: str, action: str, payload: Payload) -> None:
        if self.ignores_commands:
            self._record(Command(action, payload, None))
            return
        handler = self.commands.get(action)
        answer: Payload | None = None
        if handler is None:
            self._write([4, message_id, "NotImplemented", "", {}])
        else:
            try:
                answer = handler(self, payload)
            except (KeyError, TypeError, ValueError) as problem:
                self._write([4, message_id, self.format_error, str(problem)[:255], {}])
            else:
                self._write([3, message_id, answer])
        self._record(Command(action, payload, answer))
        afterwards, self.afterwards = self.afterwards, []
        for act in afterwards:
            act()
