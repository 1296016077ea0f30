"""The gRPC methods of google.firestore.v1.Firestore, each with its faults."""

from __future__ import annotations

import secrets
import string
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from local.clock import Clock
from local.faults import Faults
from local.firestore import wire
from local.firestore.errors import Refused, invalid, unimplemented
from local.firestore.gate import Gate
from local.firestore.listen import streamed
from local.firestore.query import Query, masked
from local.firestore.store import Store, check_document_name, written
from local.firestore.transactions import Transaction, Transactions
from local.firestore.values import parts

ID_LETTERS = string.ascii_letters + string.digits
COUNT_ALIAS = "field_{}"


class Service:
    """Firestore's methods on one store; everything runs in one event loop."""

    def __init__(self, store: Store, faults: Faults, clock: Clock) -> None:
        self._store = store
        self._gate = Gate(faults, clock)
        self._transactions = Transactions(store, clock)

    def handlers(self) -> grpc.GenericRpcHandler:
        """What the gRPC server dispatches to."""
        unary: dict[str, tuple[Any, Callable[[Any], Awaitable[Any]]]] = {
            "BatchWrite": (wire.BatchWriteRequest, self.batch_write),
            "BeginTransaction": (wire.BeginTransactionRequest, self.begin_transaction),
            "Commit": (wire.CommitRequest, self.commit),
            "CreateDocument": (wire.CreateDocumentRequest, self.create_document),
            "DeleteDocument": (wire.DeleteDocumentRequest, self.delete_document),
            "GetDocument": (wire.GetDocumentRequest, self.get_document),
            "ListCollectionIds": (wire.ListCollectionIdsRequest, self.list_collection_ids),
            "ListDocuments": (wire.ListDocumentsRequest, self.list_documents),
            "Rollback": (wire.RollbackRequest, self.rollback),
            "UpdateDocument": (wire.UpdateDocumentRequest, self.update_document),
        }
        streaming: dict[str, tuple[Any, Callable[[Any], Awaitable[list[Any]]]]] = {
            "BatchGetDocuments": (wire.BatchGetDocumentsRequest, self.batch_get_documents),
            "RunAggregationQuery": (wire.RunAggregationQueryRequest, self.run_aggregation_query),
            "RunQuery": (wire.RunQueryRequest, self.run_query),
        }
        handlers = {name: self._unary(name, *each) for name, each in unary.items()}
        handlers |= {name: self._streaming(name, *each) for name, each in streaming.items()}
        handlers["Listen"] = grpc.stream_stream_rpc_method_handler(self.listen, wire.ListenRequest.FromString)
        return grpc.method_handlers_generic_handler("google.firestore.v1.Firestore", handlers)

    def _unary(self, name: str, request: Any, call: Callable[[Any], Awaitable[Any]]) -> grpc.RpcMethodHandler:
        async def answer(asked: Any, context: grpc.aio.ServicerContext) -> Any:
            return await self._answered(name, call, asked, context)

        return grpc.unary_unary_rpc_method_handler(answer, request.FromString, serialized)

    def _streaming(self, name: str, request: Any, call: Callable[[Any], Awaitable[Any]]) -> grpc.RpcMethodHandler:
        async def answer(asked: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
            for message in await self._answered(name, call, asked, context):
                yield message

        return grpc.unary_stream_rpc_method_handler(answer, request.FromString, serialized)

    async def _answered(self, name: str, call: Callable[[Any], Awaitable[Any]], asked: Any, context: Any) -> Any:
        """The call's answer, with the fault that is due for it; a refusal ends the RPC."""
        try:
            fault = await self._gate.enter(name, asked)
            response = await call(asked)
        except Refused as refused:
            await context.abort(refused.code, refused.message)
        if fault and fault.lose_response:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the connection was lost after the call took effect")
        return response

    async def begin_transaction(self, request: Any) -> Any:
        return wire.BeginTransactionResponse(transaction=self._begin(request.options).id)

    def _begin(self, options: Any) -> Transaction:
        if options.read_only.HasField("read_time"):
            raise unimplemented("reads of the past")
        return self._transactions.begin(options.WhichOneof("mode") == "read_only")

    async def rollback(self, request: Any) -> Any:
        self._transactions.forget(request.transaction)
        return Empty()

    async def commit(self, request: Any) -> Any:
        if request.transaction:
            transaction = self._transactions.find(request.transaction)
            try:
                if transaction.read_only and request.writes:
                    raise invalid("Cannot modify entities in a read-only transaction.")
                self._transactions.check(transaction, [written(each) for each in request.writes])
                results, when = self._store.commit(request.writes)
            finally:
                self._transactions.close(transaction)
        else:
            results, when = self._store.commit(request.writes)
        return wire.CommitResponse(write_results=results, commit_time=wire.timestamp(when))

    async def batch_write(self, request: Any) -> Any:
        """Each write for itself."""
        names = [written(each) for each in request.writes]
        if len(set(names)) < len(names):
            raise invalid("the same document cannot be written more than once in a single request")
        response = wire.BatchWriteResponse()
        for write in request.writes:
            status = response.status.add()
            try:
                response.write_results.extend(self._store.commit([write])[0])
            except Refused as refused:
                status.code, status.message = refused.code.value[0], refused.message
                response.write_results.add()
        return response

    async def create_document(self, request: Any) -> Any:
        id = request.document_id or "".join(secrets.choice(ID_LETTERS) for _ in range(20))
        write = wire.Write(update=request.document)
        write.update.name = f"{request.parent}/{request.collection_id}/{id}"
        write.current_document.exists = False
        return self._written(write, request)

    async def update_document(self, request: Any) -> Any:
        write = wire.Write(update=request.document, current_document=request.current_document)
        if request.HasField("update_mask"):
            write.update_mask.CopyFrom(request.update_mask)
        return self._written(write, request)

    def _written(self, write: Any, request: Any) -> Any:
        self._store.commit([write])
        return self._shown(write.update.name, request)

    async def delete_document(self, request: Any) -> Any:
        self._store.commit([wire.Write(delete=request.name, current_document=request.current_document)])
        return Empty()

    async def get_document(self, request: Any) -> Any:
        check_document_name(request.name)
        if request.transaction:
            await self._transactions.note(self._transactions.find(request.transaction), [request.name])
        if self._store.get(request.name) is None:
            raise Refused(grpc.StatusCode.NOT_FOUND, f"Document ({request.name}) not found.")
        return self._shown(request.name, request)

    def _shown(self, name: str, request: Any) -> Any:
        """A stored document through the request's mask, if it has one."""
        version = self._store.get(name)
        if version is None:
            raise Refused(grpc.StatusCode.NOT_FOUND, f"Document ({name}) not found.")
        if not request.HasField("mask"):
            return version.document
        return masked(version.document, [parts(path) for path in request.mask.field_paths])

    async def list_collection_ids(self, request: Any) -> Any:
        return wire.ListCollectionIdsResponse(collection_ids=self._store.collection_ids(request.parent))

    async def list_documents(self, request: Any) -> Any:
        if request.order_by:
            raise unimplemented("order_by of ListDocuments")
        path = f"{request.parent}/{request.collection_id}"
        names = {version.name for version in self._store.collection(path)}
        if request.show_missing:
            names |= self._store.phantoms(path)
        rest = sorted(name for name in names if name > request.page_token)
        page = rest[: request.page_size or 100]
        response = wire.ListDocumentsResponse()
        for name in page:
            exists = self._store.get(name) is not None
            response.documents.append(self._shown(name, request) if exists else wire.Document(name=name))
        if len(page) < len(rest):
            response.next_page_token = page[-1]
        return response

    async def _transaction_of(self, request: Any) -> tuple[Transaction | None, bytes]:
        """The transaction that a read belongs to, and the id to tell the client if the read began it."""
        kind = request.WhichOneof("consistency_selector")
        if kind == "read_time":
            raise unimplemented("reads of the past")
        if kind == "new_transaction":
            transaction = self._begin(request.new_transaction)
            return transaction, transaction.id
        return (self._transactions.find(request.transaction) if kind == "transaction" else None), b""

    async def batch_get_documents(self, request: Any) -> list[Any]:
        for name in request.documents:
            check_document_name(name)
        transaction, begun = await self._transaction_of(request)
        names = list(dict.fromkeys(request.documents))
        if transaction:
            await self._transactions.note(transaction, names)
        read_time = wire.timestamp(self._store.now())
        responses = [wire.BatchGetDocumentsResponse(transaction=begun)] if begun else []
        for name in names:
            if self._store.get(name) is None:
                responses.append(wire.BatchGetDocumentsResponse(missing=name, read_time=read_time))
            else:
                found = self._shown(name, request)
                responses.append(wire.BatchGetDocumentsResponse(found=found, read_time=read_time))
        return responses

    async def run_query(self, request: Any) -> list[Any]:
        transaction, begun = await self._transaction_of(request)
        query = Query(request.parent, request.structured_query)
        if transaction:
            self._transactions.note_query(transaction, query)
        read_time = wire.timestamp(self._store.now())
        found = query.run(self._store.collection(query.collection))
        responses = [wire.RunQueryResponse(transaction=begun)] if begun else []
        responses += [
            wire.RunQueryResponse(document=query.project(version.document), read_time=read_time) for version in found
        ]
        return [*responses, wire.RunQueryResponse(read_time=read_time, done=True)]

    async def run_aggregation_query(self, request: Any) -> list[Any]:
        transaction, begun = await self._transaction_of(request)
        asked = request.structured_aggregation_query
        query = Query(request.parent, asked.structured_query)
        if transaction:
            self._transactions.note_query(transaction, query)
        response = wire.RunAggregationQueryResponse(transaction=begun, read_time=wire.timestamp(self._store.now()))
        count = len(query.run(self._store.collection(query.collection)))
        for index, each in enumerate(asked.aggregations, start=1):
            if each.WhichOneof("operator") != "count":
                raise unimplemented("aggregations other than count")
            most = each.count.up_to.value if each.count.HasField("up_to") else count
            alias = each.alias or COUNT_ALIAS.format(index)
            response.result.aggregate_fields[alias].integer_value = min(count, most)
        return [response]

    async def listen(self, requests: AsyncIterator[Any], context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        try:
            async for message in streamed(self._store, self._gate, requests):
                yield message
        except Refused as refused:
            await context.abort(refused.code, refused.message)


def serialized(message: Any) -> bytes:
    return bytes(message.SerializeToString())
