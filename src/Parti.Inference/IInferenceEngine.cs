namespace Parti.Inference;

/// <summary>
/// Runs the stages of one device. Every method may be called from any thread; the work runs on the engine's own thread.
/// Plain data goes in and out: no tensor crosses this interface.
/// </summary>
public interface IInferenceEngine : IAsyncDisposable
{
    /// <summary>The device this engine owns, for example <c>cpu</c> or <c>cuda:0</c>.</summary>
    string Device { get; }

    /// <summary>Images that can be sampled at the same time.</summary>
    int Slots { get; }

    /// <summary>The models this engine can serve, by name.</summary>
    IReadOnlyDictionary<string, ModelDescription> Models { get; }

    /// <summary>Turns a prompt into text states; run once per prompt, at one fixed padded shape.</summary>
    /// <exception cref="EngineRequestException">The request cannot be served; the engine lives on.</exception>
    Task<TextConditioning> EncodeAsync(EncodeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Samples the image tokens of one image, continuing after <see cref="SampleRequest.KeptTokens"/>.</summary>
    /// <param name="request">What to sample.</param>
    /// <param name="progress">Told of new tokens on the engine thread; must return at once and must not throw.</param>
    /// <param name="cancellationToken">Frees the slot at the next decode step.</param>
    /// <returns>All image tokens, kept ones included, raster order.</returns>
    /// <exception cref="EngineRequestException">The request cannot be served; the engine lives on.</exception>
    Task<int[]> SampleAsync(SampleRequest request, Action<SampleProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// How likely finished image tokens are under their prompt: the sum of log p(token | prompt, tokens before it), without guidance and at
    /// temperature 1. Depends on the request alone, bit for bit; what candidates are put in order by.
    /// </summary>
    /// <param name="request">Prompt and tokens.</param>
    /// <param name="cancellationToken">Frees the slot at the next decode step.</param>
    /// <returns>Nats, below 0; the highest is the likeliest.</returns>
    /// <exception cref="EngineRequestException">The request cannot be served; the engine lives on.</exception>
    Task<double> ScoreAsync(ScoreRequest request, CancellationToken cancellationToken = default) =>
        Task.FromException<double>(new EngineRequestException("rerank_unsupported", $"{Device} cannot choose among candidates; leave best_of out."));

    /// <summary>
    /// Where the words of its prompt drew attention when an image was made: the image's tokens are replayed in a free slot, behind all images that wait for
    /// one. Depends on the request alone.
    /// </summary>
    /// <param name="request">Prompt and tokens.</param>
    /// <param name="cancellationToken">Frees the slot at the next decode step.</param>
    /// <exception cref="EngineRequestException">The request cannot be served (<c>attention_unsupported</c>: by no request); the engine lives on.</exception>
    Task<AttentionMap> AttendAsync(AttentionRequest request, CancellationToken cancellationToken = default) =>
        Task.FromException<AttentionMap>(new EngineRequestException("attention_unsupported", $"{Device} has no attention from image to text; choose another model."));

    /// <summary>Whether images of a model can be sampled now; not while other workers that hold layers of it are missing.</summary>
    /// <param name="model">Model name.</param>
    bool CanSample(string model) => true;

    /// <summary>Decodes image tokens to pixels at the model's native size.</summary>
    /// <param name="model">Model name.</param>
    /// <param name="tokens">At most the model's image tokens, raster order; missing ones are drawn neutral (a preview).</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<Picture> DetokenizeAsync(string model, IReadOnlyList<int> tokens, CancellationToken cancellationToken = default);

    /// <summary>Enlarges a native-size picture by the model's upsampler.</summary>
    /// <param name="model">Model name.</param>
    /// <param name="picture">A picture of the model's native size.</param>
    /// <param name="size">Edge of the result in pixels; one of <see cref="ModelDescription.Sizes"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<Picture> UpscaleAsync(string model, Picture picture, int size, CancellationToken cancellationToken = default);

    /// <summary>Image tokens of a picture: the way back from <see cref="DetokenizeAsync"/>, the base of edits.</summary>
    /// <param name="model">Model name.</param>
    /// <param name="picture">A picture of the model's native size.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>All image tokens, raster order.</returns>
    /// <exception cref="EngineRequestException">The picture has another size, or the engine has no image tokenizer.</exception>
    Task<int[]> EncodePictureAsync(string model, Picture picture, CancellationToken cancellationToken = default) =>
        Task.FromException<int[]>(new EngineRequestException("edits_unsupported", $"Model {model} on {Device} reads no pictures; choose another model."));
}

/// <summary>What a caller must know of a model to make valid requests.</summary>
/// <param name="Name">The name of the model directory.</param>
/// <param name="Hash">SHA-256 over the model's files, hexadecimal; part of every picture's provenance.</param>
/// <param name="MaxTextTokens">Longest prompt in text tokens; longer ones are truncated and the truncation reported.</param>
/// <param name="ImageTokens">Image tokens per picture.</param>
/// <param name="NativeSize">Edge of the detokenizer's picture in pixels.</param>
/// <param name="Sizes">Edges that can be delivered, native size first, ascending.</param>
/// <param name="Defaults">Sampling parameters used where a request says nothing.</param>
public sealed record ModelDescription(
    string Name, string Hash, int MaxTextTokens, int ImageTokens, int NativeSize, IReadOnlyList<int> Sizes, SamplingParams Defaults);

/// <summary>How the next token is drawn (Parti §2.4 for guidance).</summary>
/// <param name="GuidanceScale">λ in <c>u + λ(c − u)</c>, 0 to 50; 1 means no guidance.</param>
/// <param name="Temperature">Above 0 to 10; 0 means the likeliest token.</param>
/// <param name="TopK">Candidates kept, 0 for all.</param>
/// <param name="TopP">Probability mass kept, above 0 to 1; 1 for all.</param>
public sealed record SamplingParams(float GuidanceScale, float Temperature, int TopK, float TopP);

/// <summary>One prompt to encode.</summary>
/// <param name="Model">Model name.</param>
/// <param name="Prompt">Text.</param>
/// <param name="NegativePrompt">Text that takes the place of the empty prompt in guidance, or null.</param>
public sealed record EncodeRequest(string Model, string Prompt, string? NegativePrompt);

/// <summary>The encoder's output for one prompt; immutable, may travel between workers.</summary>
/// <param name="Model">Model name.</param>
/// <param name="States">Encoder states <c>[T, D]</c>, row-major; T is the number of real text tokens.</param>
/// <param name="Tokens">T, at least 1.</param>
/// <param name="NegativeStates">States of the negative prompt <c>[T', D]</c>, or null for the model's constant empty prompt.</param>
/// <param name="NegativeTokens">T', or 0.</param>
/// <param name="DroppedTokens">Text tokens cut off because the prompt was longer than the model reads.</param>
public sealed record TextConditioning(
    string Model, float[] States, int Tokens, float[]? NegativeStates, int NegativeTokens, int DroppedTokens);

/// <summary>One image to sample.</summary>
/// <param name="Conditioning">From <see cref="IInferenceEngine.EncodeAsync"/> of the same model.</param>
/// <param name="Sampling">How tokens are drawn.</param>
/// <param name="Seed">The job's seed.</param>
/// <param name="ImageIndex">Which image of the job; with seed and position it fixes every random number.</param>
/// <param name="KeptTokens">Tokens already sampled by an earlier attempt, replayed through the same decode path.</param>
public sealed record SampleRequest(
    TextConditioning Conditioning, SamplingParams Sampling, ulong Seed, int ImageIndex, IReadOnlyList<int> KeptTokens)
{
    /// <summary>What to sample: the mark of a position in <see cref="ForcedTokens"/>.</summary>
    public const int Open = -1;

    /// <summary>
    /// Tokens that are given: one per image token, a token id or <see cref="Open"/> where one is to be drawn; empty when nothing is given.
    /// The base of edits and completions: open positions are drawn in raster order, each seeing all tokens before it. Kept tokens win.
    /// </summary>
    public IReadOnlyList<int> ForcedTokens { get; init; } = [];

    /// <summary>Who gets a free slot first: the higher number, then who came first. A running image is never put aside.</summary>
    public int Priority { get; init; }
}

/// <summary>One finished image to score.</summary>
/// <param name="Conditioning">From <see cref="IInferenceEngine.EncodeAsync"/> of the same model; a negative prompt has no part in the score.</param>
/// <param name="Tokens">All image tokens, raster order.</param>
/// <param name="Priority">As of <see cref="SampleRequest.Priority"/>.</param>
public sealed record ScoreRequest(TextConditioning Conditioning, IReadOnlyList<int> Tokens, int Priority = 0);

/// <summary>Tokens sampled so far.</summary>
/// <param name="Position">Position of the first token in <see cref="NewTokens"/>.</param>
/// <param name="NewTokens">Tokens since the previous report, raster order.</param>
public readonly record struct SampleProgress(int Position, ReadOnlyMemory<int> NewTokens);

/// <summary>An opaque picture, 8 bits a channel.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Rgb">Row-major, red green blue, <c>3 · Width · Height</c> bytes.</param>
public sealed record Picture(int Width, int Height, byte[] Rgb);

/// <summary>One request failed; the engine and its other requests go on.</summary>
/// <param name="code">Stable code in snake_case, for example <c>unknown_model</c>.</param>
/// <param name="message">One line that names the parameter, its range and the way out.</param>
/// <param name="inner">What caused it, if anything.</param>
public sealed class EngineRequestException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The <see cref="Code"/> where another worker holds layers of the model and was lost.</summary>
    public const string ShardLost = "shard_lost";

    /// <summary>Stable code in snake_case.</summary>
    public string Code { get; } = code;

    /// <summary>Whether the same request may succeed elsewhere or later: the worker is at fault, not the request.</summary>
    public bool IsTransient { get; init; }
}
