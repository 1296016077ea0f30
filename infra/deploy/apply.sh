#!/bin/sh
# Applies exactly the plan that was approved; Terraform refuses it if the state has changed since.
#   sh infra/deploy/apply.sh outputs|apply STATE_BUCKET
# outputs: what the deployment says of itself, before; apply: the plan, and the same after it.
set -eu
here=infra/terraform
case "$1" in
  outputs) terraform -chdir="$here" init -input=false -no-color -backend-config="bucket=$2" -backend-config=prefix=deployment ;;
  apply) terraform -chdir="$here" apply -input=false -no-color -lock-timeout=120s tfplan ;;
esac
terraform -chdir="$here" output -no-color -json > .staged/outputs.json
