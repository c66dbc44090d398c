# SPDX-License-Identifier: BSD-2-Clause
# packages: the Debian 12 packages that building and testing need. Sourced by tests/run.

packages_build="build-essential cmake ninja-build pkg-config libevent-dev libyaml-dev zlib1g-dev
    libssl-dev librdkafka-dev libcurl4-openssl-dev libisal-dev libzstd-dev liblzma-dev libbz2-dev libpcap-dev"
packages_test="libcriterion-dev clang libclang-rt-14-dev python3 python3-yaml python3-mrtparse
    python3-jsonschema bgpdump tshark iproute2 util-linux procps mount curl
    groff man-db zsh
    maven default-jre-headless openssl stunnel4 python3-confluent-kafka python3-avro kcat jq"
packages_interop="bird2 gobgpd frr openbgpd exabgp"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Prints those of the given packages that are not installed.
packages_missing() {
    local p
    for p in "$@"; do
        dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed' || echo "$p"
    done
}

# Installs what is missing. The routing daemons' packages would start their services; a
# policy-rc.d (invoke-rc.d's veto) that lives as long as the installation prevents it.
packages_install() {
    local missing veto=/usr/sbin/policy-rc.d made= rc=0
    missing=$(packages_missing "$@")
    [ -z "$missing" ] && return 0
    echo "# installing" $missing
    if [ ! -e $veto ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $veto >/dev/null && as_root chmod 755 $veto
        made=1
    fi
    as_root apt-get -qq update >/dev/null || true
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
        -o Dpkg::Use-Pty=0 install $missing >/dev/null </dev/null || rc=$?
    [ -n "$made" ] && as_root rm -f $veto
    return $rc
}
