#!/bin/sh
# One step of a build: `sh run.sh apply` makes the VM of this folder, `sh run.sh destroy` takes it away.
#
# Wants STATE_BUCKET and STATE_PREFIX, and for apply BUILDER_OUTPUT, the folder from which Cloud Build takes a step's
# output; variables come from terraform.tfvars.json beside it. For busybox and any POSIX shell.
#
# Exit codes, which Cloud Build tells as the step's:
#   0 done · 2 called wrongly · 10 init failed · 11 plan failed · 12 plan refused · 13 apply failed · 14 state locked
set -eu

export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0

fail() {
    code=$1
    shift
    echo "run.sh: $*" >&2
    exit "$code"
}

# attempt CODE SUBCOMMAND [OPTION...]: terraform's words go to the log as they come; ends with CODE if it fails.
attempt() {
    failure=$1
    shift
    {
        status=0
        terraform "$@" 2>&1 || status=$?
        echo "$status" >said.status
    } | tee said.log
    test "$(cat said.status)" -eq 0 && return
    if grep -q 'Error acquiring the state lock' said.log; then
        fail 14 "the state is locked by another run, which may be at work: nothing was changed"
    fi
    fail "$failure" "terraform $1 failed"
}

# Ends with 12 unless the plan does no more than read, create, update in place and import. A quotation mark inside a
# value is escaped in JSON, so that no value can pass for an action.
refuse_losses() {
    terraform show -json planned >planned.json || fail 11 "terraform show failed"
    sed -e 's/.*"resource_changes":\[//' -e 's/"output_changes":.*//' planned.json |
        grep -o '"actions":\[[^]]*\]' >planned.actions || fail 11 "the plan's JSON lists no actions"
    if grep -Ev '\["(no-op|read|create|update)"\]' planned.actions >&2; then
        fail 12 "the plan would delete, replace or let go of something (above), which only destroy may: nothing was changed"
    fi
}

test $# -eq 1 || fail 2 "usage: sh run.sh apply|destroy"
test -n "${STATE_BUCKET:-}" || fail 2 "STATE_BUCKET is not set: the bucket that the state is kept in"
test -n "${STATE_PREFIX:-}" || fail 2 "STATE_PREFIX is not set: the state's folder in its bucket"

case $1 in
apply)
    test -n "${BUILDER_OUTPUT:-}" || fail 2 "BUILDER_OUTPUT is not set: the folder for the step's output"
    ;;
destroy) ;;
*)
    fail 2 "there is no '$1': apply or destroy"
    ;;
esac

attempt 10 init -no-color -backend-config="bucket=$STATE_BUCKET" -backend-config="prefix=$STATE_PREFIX"

if test "$1" = destroy; then
    attempt 11 plan -no-color -lock-timeout=0s -destroy -out=planned
    attempt 13 apply -no-color -lock-timeout=0s planned
    exit
fi

attempt 11 plan -no-color -lock-timeout=0s -out=planned
refuse_losses
attempt 13 apply -no-color -lock-timeout=0s planned
terraform output -json >"$BUILDER_OUTPUT/output" || fail 13 "terraform output failed"
