using System.Text.Json;
using System.Text.Json.Serialization;
using Parti.Models.Checkpoints;

namespace Parti.Training.Evaluation;

/// <summary>How reports are written: snake_case, enumerations as words, one whole file or none.</summary>
static class EvaluationJson
{
    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    internal static void Write(string path, object report) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, report, Options));

    internal static object Of(Proportion p) => new { p.Right, N = p.Total, p.Share, p.Low, p.High };
}
