# The runtime client loads the agent in the handler's place; the agent restores _HANDLER and loads the handler.
LAMBDA_COVERAGE_HANDLER="$_HANDLER"
_HANDLER=coverage_wrapper._agent.bootstrap.handler
export LAMBDA_COVERAGE_HANDLER _HANDLER
hand_over "$@"
