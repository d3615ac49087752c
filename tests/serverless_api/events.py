"""A request as each of Lambda's callers passes it on, and the response that each makes of the answer.

After the examples in Lambda's, API Gateway's and Elastic Load Balancing's documentation.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

ADDRESS = "192.0.2.1"
JSON = {"Content-Type": "application/json"}

Event = dict[str, Any]


@dataclass(frozen=True)
class Request:
    method: str = "POST"
    path: str = "/predict"
    headers: Mapping[str, str] = field(default_factory=JSON.copy)
    body: bytes = b""

    @property
    def passed_on(self) -> Event:
        """The body as all of them pass it on: text, or where it is none, base64."""
        if not self.body:
            return {"body": None, "isBase64Encoded": False}
        try:
            return {"body": self.body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            return {"body": base64.b64encode(self.body).decode(), "isBase64Encoded": True}


def _version_2(request: Request, identity: Event) -> Event:
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": "",
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "requestContext": {
            "accountId": "anonymous",
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": ADDRESS,
                "userAgent": "curl/8.14.1",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": 1583348638390,
            **identity,
        },
        **request.passed_on,
    }


def function_url(request: Request) -> Event:
    return _version_2(request, {"apiId": "abc", "domainName": "abc.lambda-url.us-west-2.on.aws", "domainPrefix": "abc"})


def http_api(request: Request) -> Event:
    domain = "abc.execute-api.us-west-2.amazonaws.com"
    return _version_2(request, {"apiId": "abc", "domainName": domain, "domainPrefix": "abc"})


def rest_api(request: Request) -> Event:
    """Version 1.0, which has no number in a REST API."""
    return {
        "resource": "/{proxy+}",
        "path": request.path,
        "httpMethod": request.method,
        "headers": dict(request.headers) or None,
        "multiValueHeaders": {name: [value] for name, value in request.headers.items()} or None,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": request.path.removeprefix("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": request.method,
            "path": f"/prod{request.path}",
            "stage": "prod",
            "requestId": "id",
            "identity": {"sourceIp": ADDRESS},
        },
        **request.passed_on,
    }


def http_api_version_1(request: Request) -> Event:
    return {"version": "1.0", **rest_api(request)}


def load_balancer(request: Request) -> Event:
    arn = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/numbers/50dc6c495c0c9188"
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {
        "requestContext": {"elb": {"targetGroupArn": arn}},
        "httpMethod": request.method,
        "path": request.path,
        "queryStringParameters": {},
        "headers": {"x-forwarded-for": ADDRESS, "x-forwarded-port": "443", "x-forwarded-proto": "https", **headers},
        **request.passed_on,
        "body": request.passed_on["body"] or "",
    }


def load_balancer_of_many_values(request: Request) -> Event:
    event = load_balancer(request)
    multiple = {name: [value] for name, value in event.pop("headers").items()}
    return {**event, "multiValueHeaders": multiple, "multiValueQueryStringParameters": {}}


EVENTS: dict[str, Callable[[Request], Event]] = {
    "function URL": function_url,
    "HTTP API": http_api,
    "HTTP API, version 1.0": http_api_version_1,
    "REST API": rest_api,
    "load balancer": load_balancer,
    "load balancer, many values": load_balancer_of_many_values,
}


def response(answer: Event) -> httpx.Response:
    """What the one who asked gets to see of a handler's answer."""
    body = answer["body"]
    multiple = [(name, value) for name, values in answer.get("multiValueHeaders", {}).items() for value in values]
    headers = [*answer.get("headers", {}).items(), *multiple]
    content = base64.b64decode(body) if answer["isBase64Encoded"] else body.encode()
    return httpx.Response(answer["statusCode"], headers=headers, content=content)
