"""The client library's own message types as bare protobuf classes: the wrappers around them cost ten times the time."""

from __future__ import annotations

from google.cloud.firestore_v1.types import aggregation_result, document, firestore, write
from google.protobuf.timestamp_pb2 import Timestamp

Document = document.Document.pb()
Value = document.Value.pb()
Write = write.Write.pb()
WriteResult = write.WriteResult.pb()
AggregationResult = aggregation_result.AggregationResult.pb()

BatchGetDocumentsRequest = firestore.BatchGetDocumentsRequest.pb()
BatchGetDocumentsResponse = firestore.BatchGetDocumentsResponse.pb()
BatchWriteRequest = firestore.BatchWriteRequest.pb()
BatchWriteResponse = firestore.BatchWriteResponse.pb()
BeginTransactionRequest = firestore.BeginTransactionRequest.pb()
BeginTransactionResponse = firestore.BeginTransactionResponse.pb()
CommitRequest = firestore.CommitRequest.pb()
CommitResponse = firestore.CommitResponse.pb()
CreateDocumentRequest = firestore.CreateDocumentRequest.pb()
DeleteDocumentRequest = firestore.DeleteDocumentRequest.pb()
GetDocumentRequest = firestore.GetDocumentRequest.pb()
ListCollectionIdsRequest = firestore.ListCollectionIdsRequest.pb()
ListCollectionIdsResponse = firestore.ListCollectionIdsResponse.pb()
ListDocumentsRequest = firestore.ListDocumentsRequest.pb()
ListDocumentsResponse = firestore.ListDocumentsResponse.pb()
ListenRequest = firestore.ListenRequest.pb()
ListenResponse = firestore.ListenResponse.pb()
RollbackRequest = firestore.RollbackRequest.pb()
RunAggregationQueryRequest = firestore.RunAggregationQueryRequest.pb()
RunAggregationQueryResponse = firestore.RunAggregationQueryResponse.pb()
RunQueryRequest = firestore.RunQueryRequest.pb()
RunQueryResponse = firestore.RunQueryResponse.pb()
Target = firestore.Target.pb()
UpdateDocumentRequest = firestore.UpdateDocumentRequest.pb()


def timestamp(micros: int) -> Timestamp:
    """A Timestamp of `micros` microseconds since the epoch."""
    seconds, rest = divmod(micros, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1000)


def micros(moment: Timestamp) -> int:
    """The reverse of `timestamp`."""
    return moment.seconds * 1_000_000 + moment.nanos // 1000
