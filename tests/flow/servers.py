"""servers: a private Dovecot and Postfix on loopback, with a certificate authority of their own, in one directory below $TMPDIR.

Every address of every domain has a mailbox on the one Dovecot, and Postfix hands it everything by LMTP. So customers, agents and the desk can hold a
whole conversation, and each side's view of it can be read back. Nothing of the system's own configuration is used or touched.
"""
import email
import email.policy
import email.utils
import os
import pwd
import random
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import textwrap
import time

from tap import wait_for

MAIL_UID = 5000  # owner of the mailboxes; needs no entry in passwd
PASSWORD = "correct-horse-7"

taken = set()


def free_port():
    """A port nobody listens on, below the range from which clients' ports are taken."""
    while True:
        port = random.randrange(12000, 32000)
        if port in taken:
            continue
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        taken.add(port)
        return port


def listens(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


def make_directory(prefix):
    """A directory servers of other users can enter; short, for the paths of sockets are limited."""
    base = os.environ.get("TMPDIR") or "/tmp"
    directory = tempfile.mkdtemp(prefix=prefix, dir=base if len(base) < 40 else "/tmp")
    os.chmod(directory, 0o755)
    return directory


def end_group(process):
    """Ends a server we started: it and all it started are one process group."""
    if not process:
        return
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def end_pid(pid, seconds=10):
    """Ends a process that is no child of ours, and its group."""
    try:
        os.kill(pid, signal.SIGTERM)
        wait_for(f"process {pid} to end", lambda: not os.path.exists(f"/proc/{pid}"), seconds)
    except (ProcessLookupError, AssertionError):
        pass
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Authority:
    """A certificate authority made with openssl(1) at run time."""

    def __init__(self, directory, name="Test Authority"):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        self.certificate = os.path.join(directory, "ca.pem")
        self.key = os.path.join(directory, "ca.key")
        self.issued = 0
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.key,
                     "-out", self.certificate, "-days", "30", "-subj", f"/CN={name}")

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, cwd=self.directory)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")
        return done.stdout

    def issue(self, names, start=None, end=None):
        """(certificate chain, key) for subject alternative names such as "DNS:localhost"; start and end as YYYYMMDDHHMMSSZ."""
        self.issued += 1
        base = os.path.join(self.directory, f"cert{self.issued}")
        with open(base + ".cnf", "w") as f:
            f.write(textwrap.dedent(f"""\
                [ca]
                default_ca = here
                [here]
                database = {base}.index
                serial = {base}.serial
                new_certs_dir = {self.directory}
                default_md = sha256
                policy = any
                x509_extensions = ext
                [any]
                commonName = optional
                [ext]
                subjectAltName = {", ".join(names)}
                basicConstraints = CA:false
                """))
        open(base + ".index", "w").close()
        with open(base + ".serial", "w") as f:
            f.write(f"{random.getrandbits(60):016X}\n")
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", base + ".key", "-out",
                     base + ".csr", "-subj", "/CN=server")
        now = time.time()
        stamp = lambda t: time.strftime("%Y%m%d%H%M%SZ", time.gmtime(t))
        self.openssl("ca", "-batch", "-notext", "-config", base + ".cnf", "-in", base + ".csr", "-out", base + ".pem", "-cert",
                     self.certificate, "-keyfile", self.key, "-startdate", start or stamp(now - 3600), "-enddate", end or stamp(now + 20 * 86400))
        os.chmod(base + ".key", 0o644)  # of a test; Postfix reads it as another user
        return base + ".pem", base + ".key"


class Dovecot:
    def __init__(self, directory, certificate, settings=""):
        self.directory = directory
        self.imap, self.imaps, self.lmtp, self.auth = (free_port() for _ in range(4))
        for sub in ("", "run", "mail"):
            os.makedirs(os.path.join(directory, sub), exist_ok=True)
        os.chown(os.path.join(directory, "mail"), MAIL_UID, MAIL_UID)
        self.configuration = os.path.join(directory, "dovecot.conf")
        self.log = os.path.join(directory, "log")
        self.process = None
        chain, key = certificate
        with open(self.configuration, "w") as f:
            f.write(textwrap.dedent(f"""\
                base_dir = {directory}/run
                state_dir = {directory}/run
                log_path = {self.log}
                protocols = imap lmtp
                listen = 127.0.0.1
                ssl = yes
                ssl_cert = <{chain}
                ssl_key = <{key}
                disable_plaintext_auth = no
                auth_mechanisms = plain login
                auth_failure_delay = 0
                passdb {{
                  driver = static
                  args = password={PASSWORD}
                }}
                userdb {{
                  driver = static
                  args = uid={MAIL_UID} gid={MAIL_UID} home={directory}/mail/%u
                }}
                mail_location = maildir:{directory}/mail/%u
                first_valid_uid = 1
                mail_max_userip_connections = 100
                default_process_limit = 200
                default_client_limit = 2000
                mail_fsync = never
                service imap-login {{
                  inet_listener imap {{
                    port = {self.imap}
                  }}
                  inet_listener imaps {{
                    port = {self.imaps}
                    ssl = yes
                  }}
                }}
                service lmtp {{
                  inet_listener lmtp {{
                    address = 127.0.0.1
                    port = {self.lmtp}
                  }}
                }}
                service auth {{
                  inet_listener {{
                    address = 127.0.0.1
                    port = {self.auth}
                  }}
                }}
                """) + settings)

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(["dovecot", "-F", "-c", self.configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        for port in (self.imap, self.imaps, self.lmtp):
            wait_for(f"Dovecot on port {port} (log: {self.log})", lambda: listens(port))

    def stop(self):
        end_group(self.process)
        self.process = None


class Postfix:
    SERVICES = """\
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n 1000? 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        verify unix - - n - 1 verify
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        relay unix - - n - - smtp
        error unix - - n - - error
        retry unix - - n - - error
        discard unix - - n - - discard
        virtual unix - n n - - virtual
        lmtp unix - - n - 20 lmtp
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        postlog unix-dgram n - n - 1 postlogd
        """

    def __init__(self, directory, certificate, dovecot):
        self.directory = directory
        self.smtp, self.submissions = free_port(), free_port()
        self.conf = os.path.join(directory, "conf")
        self.log = os.path.join(directory, "log")
        self.process = None
        for sub in ("", "conf", "queue", "data"):
            os.makedirs(os.path.join(directory, sub), exist_ok=True)
            os.chmod(os.path.join(directory, sub), 0o755)
        os.chown(os.path.join(directory, "data"), pwd.getpwnam("postfix").pw_uid, -1)
        chain, key = certificate
        with open(os.path.join(self.conf, "main.cf"), "w") as f:
            f.write(textwrap.dedent(f"""\
                compatibility_level = 3.6
                queue_directory = {directory}/queue
                data_directory = {directory}/data
                command_directory = /usr/sbin
                daemon_directory = /usr/lib/postfix/sbin
                mail_owner = postfix
                setgid_group = postdrop
                inet_interfaces = loopback-only
                inet_protocols = ipv4
                myhostname = mail.desk.test
                mydestination =
                alias_maps =
                local_recipient_maps =
                mynetworks = 127.0.0.0/8
                smtpd_relay_restrictions = permit_mynetworks, reject
                virtual_transport = lmtp:inet:127.0.0.1:{dovecot.lmtp}
                virtual_mailbox_domains = static:all
                virtual_mailbox_maps = static:all/
                recipient_delimiter = +
                maillog_file = /dev/stdout
                maillog_file_prefixes = /dev, /var
                in_flow_delay = 0
                smtpd_client_connection_count_limit = 0
                smtpd_client_event_limit_exceptions = 127.0.0.0/8
                smtpd_tls_chain_files = {key}, {chain}
                smtpd_tls_security_level = may
                smtpd_sasl_type = dovecot
                smtpd_sasl_path = inet:127.0.0.1:{dovecot.auth}
                """))
        with open(os.path.join(self.conf, "master.cf"), "w") as f:
            f.write(f"127.0.0.1:{self.smtp} inet n - n - - smtpd\n")
            f.write(f"127.0.0.1:{self.submissions} inet n - n - - smtpd\n -o smtpd_tls_wrappermode=yes\n -o smtpd_sasl_auth_enable=yes\n"
                    " -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n")
            f.write(textwrap.dedent(self.SERVICES))

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(["postfix", "-c", self.conf, "start-fg"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        for port in (self.smtp, self.submissions):
            wait_for(f"Postfix on port {port} (log: {self.log})", lambda: listens(port), 30)

    @property
    def master(self):
        """The process id of master(8), which leaves the session it was started in; None when it does not run."""
        try:
            with open(os.path.join(self.directory, "queue", "pid", "master.pid")) as f:
                return int(f.read())
        except (OSError, ValueError):
            return None

    def stop(self):
        master = self.master
        if master:
            end_pid(master)
        end_group(self.process)
        self.process = None


class Servers:
    """Both servers, started; to be used in a with statement, or stopped by stop()."""

    def __init__(self, postfix=True, dovecot_settings=""):
        self.directory = make_directory("triaged-servers-")
        self.authority = Authority(os.path.join(self.directory, "ca"))
        self.certificate = self.authority.issue(["DNS:localhost", "IP:127.0.0.1"])
        self.dovecot = Dovecot(os.path.join(self.directory, "dovecot"), self.certificate, dovecot_settings)
        self.postfix = Postfix(os.path.join(self.directory, "postfix"), self.certificate, self.dovecot) if postfix else None
        self.names = 0
        self.dropped = 0
        try:
            self.dovecot.start()
            if self.postfix:
                self.postfix.start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, remove=True):
        if self.postfix:
            self.postfix.stop()
        self.dovecot.stop()
        if remove:
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def ca(self):
        return self.authority.certificate

    def new_address(self, name="desk", domain="desk.test"):
        """An address nobody has had before: each case plays with its own mailboxes."""
        self.names += 1
        return f"{name}{self.names}@{domain}"

    # -- mail in

    def send(self, octets, sender, recipients):
        """As a mail client would: through Postfix."""
        with smtplib.SMTP("127.0.0.1", self.postfix.smtp, timeout=20) as smtp:
            refused = smtp.sendmail(sender, recipients if isinstance(recipients, list) else [recipients], octets)
            assert not refused, refused

    def deliver(self, octets, recipient, sender="someone@customer.test"):
        """Into a mailbox at once, by LMTP."""
        with smtplib.LMTP("127.0.0.1", self.dovecot.lmtp, timeout=20) as lmtp:
            lmtp.sendmail(sender, [recipient], octets)

    def maildir(self, address, folder=None):
        path = os.path.join(self.dovecot.directory, "mail", address)
        return os.path.join(path, "." + folder) if folder else path

    def drop(self, octets, address, folder=None, at=None):
        """Into a mailbox by a rename, for many: the fastest way. at: when it came (INTERNALDATE), else now."""
        path = self.maildir(address, folder)
        if not os.path.isdir(os.path.join(path, "new")):
            for directory in (self.maildir(address), path):
                for sub in ("", "tmp", "new", "cur"):
                    os.makedirs(os.path.join(directory, sub), exist_ok=True)
                    os.chown(os.path.join(directory, sub), MAIL_UID, MAIL_UID)
        self.dropped += 1
        name = f"{int(time.time())}.M{self.dropped:08d}P{os.getpid()}.test"
        with open(os.path.join(path, "tmp", name), "wb") as f:
            f.write(octets)
        os.chown(os.path.join(path, "tmp", name), MAIL_UID, MAIL_UID)
        if at is not None:
            os.utime(os.path.join(path, "tmp", name), (at, at))
        os.rename(os.path.join(path, "tmp", name), os.path.join(path, "new", name))

    # -- mail out

    def octets_of(self, address, folder=None):
        """The raw mails in a mailbox, oldest first, as (file name, octets)."""
        found = []
        for sub in ("cur", "new"):
            path = os.path.join(self.maildir(address, folder), sub)
            with_names = os.listdir(path) if os.path.isdir(path) else []
            for name in with_names:
                try:
                    with open(os.path.join(path, name), "rb") as f:
                        found.append((os.fstat(f.fileno()).st_mtime_ns, name, f.read()))
                except FileNotFoundError:
                    pass  # Dovecot moved it to cur meanwhile; the next look finds it
        return [(name, octets) for _, name, octets in sorted(found)]

    def mails_of(self, address, folder=None):
        return [email.message_from_bytes(octets, policy=email.policy.default) for _, octets in self.octets_of(address, folder)]

    def wait_mails(self, address, count=1, folder=None, seconds=20):
        return wait_for(f"{count} mails in the mailbox of {address}",
                        lambda: (lambda mails: mails if len(mails) >= count else None)(self.mails_of(address, folder)), seconds)


def compose(sender, to, subject, text, message_id=None, headers=(), charset="utf-8", date=None):
    """A plain mail as octets; headers: (name, value) pairs added as they are."""
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Date: {date or email.utils.formatdate()}",
             f"Message-ID: {message_id or email.utils.make_msgid(domain='customer.test')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += ["MIME-Version: 1.0", f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: 8bit", "", text, ""]
    return "\r\n".join("\r\n".join(lines).splitlines()).encode(charset) + b"\r\n"

