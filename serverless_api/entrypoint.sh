#!/bin/sh
# As in Lambda's own base images: where no runtime API is given, the emulator stands in for Lambda, on port 8080.
export PYTHONPATH="$LAMBDA_TASK_ROOT:/var/runtime"
if [ -z "$AWS_LAMBDA_RUNTIME_API" ]; then
    exec /usr/local/bin/aws-lambda-rie python3 -m awslambdaric "$@"
fi
exec python3 -m awslambdaric "$@"
