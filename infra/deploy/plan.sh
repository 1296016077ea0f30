#!/bin/sh
# Plans the deployment against its state: the plan and what it says in words, for those who approve it.
#   sh infra/deploy/plan.sh STATE_BUCKET
# .staged has what the plan is of: the zips' names, the jobs' image, and the answers that make deploy was given.
set -eu
here=infra/terraform
terraform -chdir="$here" init -input=false -no-color -backend-config="bucket=$1" -backend-config=prefix=deployment
terraform -chdir="$here" plan -input=false -no-color -lock-timeout=120s -out=tfplan \
  -var-file=../../.staged/deploy.tfvars.json \
  -var-file=../../.staged/functions.auto.tfvars.json \
  -var-file=../../.staged/image.auto.tfvars.json
terraform -chdir="$here" show -no-color tfplan > .staged/plan.txt
