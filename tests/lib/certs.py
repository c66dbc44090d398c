# SPDX-License-Identifier: BSD-2-Clause
"""certs: a certification authority of openssl's for tests, with what it signs."""
import os
import subprocess

CA_CONF = """[ca]
default_ca = own
[own]
new_certs_dir = {dir}
database = {dir}/index
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
x509_extensions = end
[end]
basicConstraints = CA:FALSE
[any]
commonName = supplied
"""


def openssl(*argv):
    done = subprocess.run(["openssl", *argv], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(argv)}: {done.stderr}")


class Authority:
    """Files below `path`: ca.pem, and NAME.pem with NAME.key for each issued certificate."""

    def __init__(self, path, name="lab CA"):
        self.dir = path
        os.makedirs(path, exist_ok=True)
        self.ca, self.key = self.file("ca.pem"), self.file("ca.key")
        open(self.file("index"), "w").close()
        with open(self.file("ca.cnf"), "w") as f:
            f.write(CA_CONF.format(dir=path))
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", f"/CN={name}", "-days", "3650", "-keyout", self.key, "-out", self.ca)

    def file(self, name):
        return os.path.join(self.dir, name)

    def issue(self, name, alt="DNS:none.test", begin="20200101000000Z", end="20991231000000Z"):
        """Signs a certificate with subjectAltName `alt`; returns the paths of it and its key."""
        request, pem, key = (self.file(name + end) for end in (".csr", ".pem", ".key"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                f"/CN={name}", "-addext", f"subjectAltName={alt}", "-keyout", key, "-out", request)
        openssl("ca", "-batch", "-notext", "-config", self.file("ca.cnf"), "-cert", self.ca, "-keyfile",
                self.key, "-in", request, "-out", pem, "-startdate", begin, "-enddate", end)
        return pem, key
