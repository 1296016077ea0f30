"""Cloud Build's methods over one set of builds."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.build.builds import Builds, build_of, check_running, operation
from local.build.passing import Passing
from local.build.request import Json, completed
from local.build.running import Runner
from local.rest import ApiError, invalid, rfc3339, route
from local.server import Emulator

PROJECT = "/v1/projects/{project}"
PLACE = PROJECT + "/locations/{location}"
PAGE = 100


class CloudBuild:
    """The API. `storage` and `compute` are where the builds find them; `terraform` is the command that stands for it,
    None for the one on the PATH."""

    def __init__(self, folder: Path | None, storage: str, compute: str, terraform: str | None = None) -> None:
        self.emulator = Emulator("build", folder)
        self.builds = Builds()
        self.runner = Runner(self.emulator, storage, terraform)
        self._passing = Passing(self.emulator, self.runner, compute, storage)

    def app(self) -> Starlette:
        methods = [
            *(
                (verb, place + path, name, answer)
                for place in (PLACE, PROJECT)
                for verb, path, name, answer in (
                    ("POST", "/builds", "builds.create", self._create),
                    ("GET", "/builds", "builds.list", self._list),
                    ("GET", "/builds/{build}", "builds.get", self._get),
                    ("POST", "/builds/{build}:cancel", "builds.cancel", self._cancel),
                )
            ),
            ("GET", PLACE + "/operations/{operation}", "operations.get", self._operation),
        ]
        routes: list[BaseRoute] = [route(self.emulator, *method) for method in methods]
        routes += [
            Route("/_settled", self._settled, methods=["GET"]),
            Route("/v1/{path:path}", _unknown, methods=["GET", "POST", "PATCH", "DELETE"]),
        ]
        return self.emulator.app([*routes, *self._passing.routes()], self.builds, self.runner.run)

    async def _create(self, request: Request) -> Json:
        now = rfc3339(self.emulator.clock.time())
        build = completed(await request.json(), *_place(request), str(uuid4()), now)
        self.builds.add(build)
        self.runner.begin(build, str(request.base_url).rstrip("/"))
        self.emulator.changed.set()
        return operation(build)

    async def _get(self, request: Request) -> Json:
        return self._build(request)

    async def _list(self, request: Request) -> Json:
        query = request.query_params
        try:
            size = min(int(query.get("pageSize") or PAGE), PAGE)
        except ValueError:
            raise invalid("Invalid page size.") from None
        return self.builds.page(*_place(request), query.get("filter", ""), size, query.get("pageToken", ""))

    async def _cancel(self, request: Request) -> Json:
        """Answers with the build CANCELLED, once nothing of it runs any more."""
        build = self._build(request)
        check_running(build)
        course = self.runner.courses[build["name"]]
        course.end("CANCELLED")
        assert course.task is not None
        await course.task
        return build

    async def _operation(self, request: Request) -> Json:
        build_id = build_of(request.path_params["operation"])
        return operation(self.builds.find(*_place(request), build_id))

    async def _settled(self, request: Request) -> Response:
        if await self.runner.settled(float(request.query_params.get("seconds", "60"))):
            return JSONResponse({})
        return ApiError(409, "ABORTED", "builds are still at work").response()

    def _build(self, request: Request) -> Json:
        return self.builds.find(*_place(request), request.path_params["build"])


def _place(request: Request) -> tuple[str, str]:
    """Project and location; the older paths name none, and mean `global`."""
    return request.path_params["project"], request.path_params.get("location", "global")


async def _unknown(request: Request) -> Response:
    return ApiError(404, "NOT_FOUND", f"The requested URL {request.url.path} was not found.").response()


def make(folder: Path | None, storage: str, compute: str, terraform: str | None = None) -> Starlette:
    """The app, with what it kept in `folder`."""
    return CloudBuild(folder, storage, compute, terraform).app()
