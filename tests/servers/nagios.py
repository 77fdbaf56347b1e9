"""Debian's own Nagios with its nsca daemons, on a configuration of the test's own."""

import getpass
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.patience import PATIENT
from tests.servers.house import wait_for
from tests.servers.ports import free_port

ACCOUNT = "nagios"  # the daemons leave root for it
MOMENT = 2 * PATIENT
_MAIN = """\
log_file={folder}/nagios.log
cfg_file={folder}/objects.cfg
object_cache_file={folder}/objects.cache
precached_object_file={folder}/objects.precache
status_file={folder}/status.dat
status_update_interval=1
state_retention_file={folder}/retention.dat
retain_state_information=0
command_file={folder}/nagios.cmd
lock_file={folder}/nagios.pid
temp_file={folder}/nagios.tmp
temp_path={folder}
check_result_path={folder}/results
check_result_reaper_frequency=1
query_socket={folder}/nagios.qh
nagios_user={account}
nagios_group={group}
check_external_commands=1
execute_service_checks=0
execute_host_checks=0
accept_passive_service_checks=1
accept_passive_host_checks=1
enable_notifications=0
check_for_updates=0
use_syslog=0
log_passive_checks=1
illegal_object_name_chars=`~!$%^&*|'"<>?,()=
"""
_HOST = """\
define host {{
  host_name {name}
  address 127.0.0.1
  max_check_attempts 1
  active_checks_enabled 0
  passive_checks_enabled 1
}}
"""
_SERVICE = """\
define service {{
  host_name {host}
  service_description {name}
  check_command none
  max_check_attempts 1
  active_checks_enabled 0
  passive_checks_enabled 1
}}
"""
_REST = """\
define command {
  command_name none
  command_line /bin/true
}
define timeperiod {
  timeperiod_name always
  alias always
}
define contact {
  contact_name nobody
  host_notifications_enabled 0
  service_notifications_enabled 0
  host_notification_period always
  service_notification_period always
  host_notification_commands none
  service_notification_commands none
}
"""
_NSCA = """\
pid_file={folder}/nsca-{port}.pid
server_address=127.0.0.1
server_port={port}
nsca_user={account}
nsca_group={group}
debug=0
command_file={folder}/nagios.cmd
alternate_dump_file={folder}/nsca.dump
max_packet_age=30
decryption_method={method}
{password}
"""
_BLOCK = re.compile(r"(?:hoststatus|servicestatus) \{\n(.*?)\n\t\}", re.DOTALL)


def missing() -> str:
    """Why there can be no Nagios here; empty where there can."""
    lacking = [name for name in ("nagios4", "nsca") if not _program(name)]
    return f"not installed: {' and '.join(lacking)} (Debian's nagios4-core and nsca)" if lacking else ""


class Nagios:
    """Knows the hosts and services it was made with; its files are below `folder`."""

    def __init__(self, folder: Path, places: Mapping[str, Sequence[str]]) -> None:
        self._folder = folder
        self._account = ACCOUNT if os.getuid() == 0 else getpass.getuser()
        (folder / "results").mkdir()
        services = [_SERVICE.format(host=host, name=name) for host, names in places.items() for name in names]
        hosts = [_HOST.format(name=host) for host in places]
        (folder / "objects.cfg").write_text(_REST + "".join([*hosts, *services]))
        self._write("nagios.cfg", _MAIN)
        if os.getuid() == 0:
            for each in (folder, *folder.rglob("*")):
                shutil.chown(each, self._account)

    @contextmanager
    def running(self) -> Iterator["Nagios"]:
        """While it runs; it has read its configuration and takes commands."""
        with self._program("nagios4", str(self._folder / "nagios.cfg")):
            wait_for((self._folder / "nagios.cmd").exists, MOMENT, "the command file of Nagios")
            wait_for((self._folder / "status.dat").exists, MOMENT, "the status file of Nagios")
            yield self

    @contextmanager
    def nsca(self, method: int, password: str = "") -> Iterator[int]:
        """A daemon that writes to this Nagios; its port."""
        port = free_port()
        line = f"password={password}" if password else ""
        config = self._write(f"nsca-{port}.cfg", _NSCA, port=port, method=method, password=line)
        with self._program("nsca", "-f", "-c", str(config), "--daemon"):
            wait_for(lambda: _listens(port), MOMENT, "the nsca daemon")
            yield port

    def state(self, host: str, service: str = "") -> tuple[int, str, str] | None:
        """State, output and performance data; None where nothing was heard yet."""
        for body in _BLOCK.findall((self._folder / "status.dat").read_text(errors="replace")):
            values = dict(row.strip().split("=", 1) for row in body.splitlines() if "=" in row)
            if (values["host_name"], values.get("service_description", "")) == (host, service):
                heard = values["has_been_checked"] == "1"
                found = int(values["current_state"]), values["plugin_output"], values["performance_data"]
                return found if heard else None
        raise LookupError(f"{host} / {service} is not defined")

    def log(self) -> str:
        """What it wrote down."""
        return (self._folder / "nagios.log").read_text(errors="replace")

    def _write(self, name: str, text: str, **values: object) -> Path:
        path = self._folder / name
        group = "nogroup" if os.getuid() == 0 else str(os.getgid())
        path.write_text(text.format(folder=self._folder, account=self._account, group=group, **values))
        return path

    @contextmanager
    def _program(self, name: str, *words: str) -> Iterator[None]:
        with (self._folder / f"{name}.out").open("ab") as said:
            process = subprocess.Popen([_program(name), *words], cwd=self._folder, stdout=said, stderr=said)
        try:
            yield
        finally:
            process.terminate()
            process.wait(MOMENT)


@contextmanager
def running_nagios(places: Mapping[str, Sequence[str]]) -> Iterator[Nagios]:
    """One that knows the services of each host in `places`; its files are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bellhop-nagios-"))
    try:
        with ExitStack() as stack:
            yield stack.enter_context(Nagios(folder, places).running())
    finally:
        shutil.rmtree(folder)


def judged(folder: Path, objects: str) -> str:
    """What Nagios says of the configuration that Debian ships with `objects` beside it; it must find no error."""
    (folder / "ours.cfg").write_text(objects)
    shipped = Path("/etc/nagios4/nagios.cfg").read_text()
    for told, ours in (
        ("cfg_dir=/etc/nagios4/conf.d", f"cfg_file={folder / 'ours.cfg'}"),
        ("nagios_user=nagios", f"nagios_user={getpass.getuser()}"),  # who else could not read the folder
    ):
        shipped = shipped.replace(told, ours)
    (folder / "nagios.cfg").write_text(shipped)
    command = [_program("nagios4"), "-v", str(folder / "nagios.cfg")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MOMENT)
    assert "Total Errors:   0" in done.stdout, done.stdout
    return done.stdout


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def _program(name: str) -> str:
    """Where it is; Debian keeps these out of the PATH of some."""
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"])) or ""
