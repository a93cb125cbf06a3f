using Parti.Inference;

namespace Parti.Testing.Engines;

/// <summary>How long the stages of a <see cref="NoOpEngine"/> take.</summary>
/// <param name="Encode">One prompt.</param>
/// <param name="Sample">All tokens of one image.</param>
/// <param name="Detokenize">One picture.</param>
/// <param name="Upscale">One picture.</param>
public sealed record NoOpTimes(TimeSpan Encode, TimeSpan Sample, TimeSpan Detokenize, TimeSpan Upscale)
{
    /// <summary>Everything at once.</summary>
    public static NoOpTimes Zero { get; } = new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
}

/// <summary>
/// A device that computes nothing: it has no model, waits as long as it is told and answers grey. For measuring and testing what
/// lies around an engine; it is no part of the product and can draw nothing. Tokens are a function of seed, image and position,
/// as those of a real engine are.
/// </summary>
public sealed class NoOpEngine : IInferenceEngine
{
    public const string Model = "noop";
    public const int ImageTokens = 64;
    public const int NativeSize = 8;
    public const int LargeSize = 16;

    private const int Reports = 4;
    private readonly NoOpTimes _times;
    private readonly TimeProvider _time;
    private readonly int _native;
    private long _sampled;
    private long _sampleTicks;
    private long _tokens;

    /// <summary>Makes the device.</summary>
    /// <param name="times">How long the stages take.</param>
    /// <param name="slots">Images that are sampled at the same time.</param>
    /// <param name="device">Its name.</param>
    /// <param name="time">The clock that it waits by.</param>
    /// <param name="model">Name of its model.</param>
    /// <param name="hash">Its model's hash; null for 64 zeros.</param>
    /// <param name="native">Edge of its pictures in pixels; enlarged ones are twice as large.</param>
    public NoOpEngine(NoOpTimes times, int slots = 4, string device = "cpu", TimeProvider? time = null, string model = Model, int native = NativeSize, string? hash = null)
    {
        (_times, Slots, Device, _time, _native) = (times, slots, device, time ?? TimeProvider.System, native);
        Models = new Dictionary<string, ModelDescription> { [model] = new(model, hash ?? new string('0', 64), 32, ImageTokens, native, [native, 2 * native], new(1, 1, 0, 1)) };
    }

    public string Device { get; }

    public int Slots { get; }

    public IReadOnlyDictionary<string, ModelDescription> Models { get; }

    /// <summary>Images sampled to their end.</summary>
    public long Sampled => Interlocked.Read(ref _sampled);

    /// <summary>Tokens sampled; those that an earlier attempt kept are not among them.</summary>
    public long Tokens => Interlocked.Read(ref _tokens);

    /// <summary>Time that all slots together were busy; a timer that is late is counted as computing.</summary>
    public TimeSpan Busy => TimeSpan.FromTicks(Interlocked.Read(ref _sampleTicks));

    /// <summary>The token at a position.</summary>
    public static int TokenAt(ulong seed, int image, int position)
    {
        ulong mixed = (seed * 0x9e3779b97f4a7c15) ^ ((ulong)image << 32) ^ (ulong)position;
        mixed = (mixed ^ (mixed >> 31)) * 0xbf58476d1ce4e5b9;
        return (int)(mixed >> 51);
    }

    public async Task<TextConditioning> EncodeAsync(EncodeRequest request, CancellationToken cancellationToken = default)
    {
        await WaitAsync(_times.Encode, cancellationToken);
        return new(request.Model, [1, 2, 3, 4], 4, null, 0, 0);
    }

    public async Task<int[]> SampleAsync(SampleRequest request, Action<SampleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        long from = _time.GetTimestamp();
        int[] tokens = [.. request.KeptTokens, .. Enumerable.Range(request.KeptTokens.Count, ImageTokens - request.KeptTokens.Count)
            .Select(position => TokenAt(request.Seed, request.ImageIndex, position))];
        const int part = ImageTokens / Reports;
        for (int position = request.KeptTokens.Count; position < ImageTokens; position += part)
        {
            int count = Math.Min(part, ImageTokens - position);
            await WaitAsync(_times.Sample * count / ImageTokens, cancellationToken);
            Interlocked.Add(ref _tokens, count);
            progress?.Invoke(new(position, tokens.AsMemory(position, count)));
        }

        Interlocked.Increment(ref _sampled);
        Interlocked.Add(ref _sampleTicks, _time.GetElapsedTime(from).Ticks);
        return tokens;
    }

    /// <summary>Scores by the tokens' sum, at once.</summary>
    public Task<double> ScoreAsync(ScoreRequest request, CancellationToken cancellationToken = default) => Task.FromResult((double)request.Tokens.Sum());

    public async Task<Picture> DetokenizeAsync(string model, IReadOnlyList<int> tokens, CancellationToken cancellationToken = default)
    {
        await WaitAsync(_times.Detokenize, cancellationToken);
        byte[] rgb = new byte[3 * _native * _native];
        for (int i = 0; i < tokens.Count; i++)
        {
            rgb[i] = (byte)tokens[i];
        }

        return new(_native, _native, rgb);
    }

    public async Task<Picture> UpscaleAsync(string model, Picture picture, int size, CancellationToken cancellationToken = default)
    {
        await WaitAsync(_times.Upscale, cancellationToken);
        byte[] rgb = new byte[3 * size * size];
        picture.Rgb.CopyTo(rgb, 0);
        return new(size, size, rgb);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task WaitAsync(TimeSpan duration, CancellationToken cancellationToken) =>
        duration > TimeSpan.Zero ? Task.Delay(duration, _time, cancellationToken) : Task.CompletedTask;
}
