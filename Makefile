# A thin face on the npm scripts of package.json: each target says which script does the work.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# npm ci, when the lock file is newer than what is installed.
INSTALLED := node_modules/.package-lock.json

# $(call script,<npm script>,<arguments>): runs it, or says plainly that it is not there.
define script
@npm pkg get "scripts.$(1)" | grep -q '^"' || { echo 'make $@: package.json has no script "$(1)" yet; nothing was done.' >&2; exit 1; }
npm run --silent $(1) $(if $(strip $(2)),-- $(2))
endef

.PHONY: help install-deps dev-setup build build-python validate clean test dev-test demo deploy deploy-python cdk-synth cdk-deploy \
  cdk-destroy load-test load-test-quick load-test-full test-status test-deploy test-all test-destroy \
  version bump-patch bump-minor bump-major dev-build release-patch release-minor release-major

##@ Start here
help: ## Show all available commands
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## Run the example service in a local Lambda with the layer and report what ran
	$(call script,demo)

install-deps: ## Install dependencies exactly as locked
	npm ci
	@touch $(INSTALLED)

dev-setup: $(INSTALLED) ## Install dependencies and build all that development needs
	$(call script,build:layer)

##@ Layer
build: $(INSTALLED) ## Build the layer zip into dist/
	$(call script,build:layer)

build-python: $(INSTALLED) ## Build the layer zip for Python functions (takes coverage.py from PyPI)
	$(call script,build:layer:python)

validate: $(INSTALLED) ## Check the built layers: inputs, sizes, run bit, imports
	$(call script,check:layer)
	@ls dist/lambda-coverage-layer-python-latest.zip >/dev/null 2>&1 || echo 'the Python layer is not built (make build-python): it is not checked'
	@! ls dist/lambda-coverage-layer-python-latest.zip >/dev/null 2>&1 || npm run --silent check:layer:python

clean: ## Remove build output and the demo's files
	rm -rf dist .demo infra/cdk.out

dev-build: clean build validate ## Clean, build and validate

##@ Tests
test: $(INSTALLED) ## Install, then lint, types, tests, layer check, docs check
	$(call script,verify)

dev-test: $(INSTALLED) build ## Run the tests, then validate the layer
	$(call script,test)
	$(call script,check:layer)

load-test: $(INSTALLED) build ## Load test: 2 iterations, 3 workers
	$(call script,load-test,--iterations 2 --workers 3 $(ARGS))

load-test-quick: $(INSTALLED) build ## Load test: 1 iteration, 2 workers
	$(call script,load-test,--iterations 1 --workers 2 $(ARGS))

load-test-full: $(INSTALLED) build ## Load test: 5 iterations, 5 workers
	$(call script,load-test,--iterations 5 --workers 5 $(ARGS))

##@ Deployment (needs AWS credentials, cdk-synth apart)
deploy: $(INSTALLED) build ## Publish the layer (us-east-1; REGIONS=eu-west-1,… for others)
	$(call script,layer:publish,--regions $(or $(REGIONS),us-east-1) $(ARGS))

deploy-python: $(INSTALLED) build-python ## Publish the Python layer (regions as above)
	$(call script,layer:publish,--family python --regions $(or $(REGIONS),us-east-1) $(ARGS))

cdk-synth: $(INSTALLED) build ## Synthesise the CDK app, offline
	$(call script,cdk:synth)

cdk-deploy: $(INSTALLED) build ## Deploy bucket, layer, examples, combiner, monitoring
	$(call script,cdk:deploy)

cdk-destroy: $(INSTALLED) ## Remove what cdk-deploy made
	$(call script,cdk:destroy)

test-deploy: $(INSTALLED) ## Deploy the testing stack (LAYER_ARN=arn:aws:lambda:…)
	$(call script,test-stack:deploy,$(LAYER_ARN))

test-status: $(INSTALLED) ## Show whether the testing stack is deployed
	$(call script,test-stack:status)

test-all: $(INSTALLED) build ## Build, deploy and test on a real account (LAYER_ARN=arn:aws:lambda:…)
	$(call script,test-stack:all,$(LAYER_ARN))

test-destroy: $(INSTALLED) ## Remove the testing stack
	$(call script,test-stack:destroy)

##@ Versions
version: ## Show the current version
	@node -p 'require("./package.json").version'

bump-patch: ## 1.2.3 -> 1.2.4 (package.json is the one source of the version)
	$(call script,bump,patch)

bump-minor: ## 1.2.3 -> 1.3.0
	$(call script,bump,minor)

bump-major: ## 1.2.3 -> 2.0.0
	$(call script,bump,major)

release-patch: bump-patch dev-build ## Bump the patch version, build, validate

release-minor: bump-minor dev-build ## Bump the minor version, build, validate

release-major: bump-major dev-build ## Bump the major version, build, validate

$(INSTALLED): package-lock.json
	npm ci
	@touch $@
