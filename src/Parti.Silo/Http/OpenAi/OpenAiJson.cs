using System.Text.Json.Serialization;

namespace Parti.Silo.Http.OpenAi;

/// <summary>An error as the clients read it.</summary>
internal sealed record ErrorBody(ErrorDetail Error);

/// <summary>What went wrong.</summary>
internal sealed record ErrorDetail(string Message, string Type, string? Param, string Code);

/// <summary>Answer to a request for pictures that is not streamed.</summary>
internal sealed record ImagesBody(
    long Created, string Background, string OutputFormat, string Quality, string Size, IReadOnlyList<ImageData> Data, UsageBody Usage);

/// <summary>One picture: its bytes or where they are.</summary>
internal sealed record ImageData(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] byte[]? B64Json,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Url,
    ulong Seed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Candidate);

/// <summary>Tokens read and drawn.</summary>
internal sealed record UsageBody(int TotalTokens, int InputTokens, int OutputTokens, InputTokensBody InputTokensDetails);

/// <summary>Tokens read, by kind.</summary>
internal sealed record InputTokensBody(int TextTokens, int ImageTokens);

/// <summary>One event of a stream: a picture so far, with its index among those of the image, or a finished one, with its usage.</summary>
internal sealed record ImageEventBody(
    string Type,
    byte[] B64Json,
    long CreatedAt,
    string Size,
    string Quality,
    string Background,
    string OutputFormat,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? PartialImageIndex,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] UsageBody? Usage,
    int ImageIndex,
    string JobId,
    ulong Seed);

/// <summary>The models that are served.</summary>
internal sealed record ModelsBody(string Object, IReadOnlyList<ModelBody> Data);

/// <summary>One model.</summary>
internal sealed record ModelBody(string Id, string Object, long Created, string OwnedBy);

/// <summary>The bodies as JSON; bytes are base64.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(ImagesBody))]
[JsonSerializable(typeof(ImageEventBody))]
[JsonSerializable(typeof(ModelsBody))]
internal sealed partial class OpenAiJson : JsonSerializerContext;
