using Parti.Inference;
using Parti.Models.Checkpoints;

namespace Parti.EndToEnd.Tests;

/// <summary>An engine without networks: every token is 7, every picture is grey. It can stand still halfway.</summary>
internal sealed class ScriptedEngine : IInferenceEngine
{
    public const string Model = "demo";
    private const int ImageTokens = 64;

    /// <summary>A word is a token; end-of-sequence is the 32nd.</summary>
    private const int MostWords = 31;

    private int _drawn;

    public string Device => "cpu";

    public int Slots => 4;

    public IReadOnlyDictionary<string, ModelDescription> Models { get; private set; } = new Dictionary<string, ModelDescription>
    {
        [Model] = new(Model, new string('a', 64), 32, ImageTokens, 64, [64, 256], new(3, 1, 32, 0.9f)),
    };

    /// <summary>Called halfway through an image, which then stands still until it is canceled; null to go on.</summary>
    public Action? Halfway { get; set; }

    /// <summary>Awaited before each token; null to go on.</summary>
    public Func<CancellationToken, Task>? Pace { get; set; }

    /// <summary>Pictures drawn from tokens, previews included.</summary>
    public int Drawn => Volatile.Read(ref _drawn);

    /// <summary>The engine of a device, for whoever opens one: it goes for one that has the weights of the model directories, as queues hold the two against each other.</summary>
    public IInferenceEngine Open(EngineOptions options)
    {
        string hash = ModelDirectory.Open(options.ModelPaths.Single()).Hash;
        Models = Models.ToDictionary(model => model.Key, model => model.Value with { Hash = hash });
        return this;
    }

    public Task<TextConditioning> EncodeAsync(EncodeRequest request, CancellationToken cancellationToken = default) =>
        request.Prompt == "fail"
            ? throw new EngineRequestException("model_unavailable", "transformer.safetensors has SHA-256 1; model.json says 2.")
            : Task.FromResult(new TextConditioning(request.Model, [1], 1, null, 0, Math.Max(0, request.Prompt.Split(' ').Length - MostWords)));

    public Task<int[]> SampleAsync(SampleRequest request, Action<SampleProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => SampleCoreAsync(request, progress, cancellationToken), CancellationToken.None);

    public Task<Picture> DetokenizeAsync(string model, IReadOnlyList<int> tokens, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _drawn);
        return Task.FromResult(Grey(64));
    }

    public Task<Picture> UpscaleAsync(string model, Picture picture, int size, CancellationToken cancellationToken = default) =>
        Task.FromResult(Grey(size));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<int[]> SampleCoreAsync(SampleRequest request, Action<SampleProgress>? progress, CancellationToken cancellationToken)
    {
        for (int position = request.KeptTokens.Count; position < ImageTokens; position++)
        {
            if (position == ImageTokens / 2 && Halfway is { } halfway)
            {
                halfway();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            if (Pace is { } pace)
            {
                await pace(cancellationToken);
            }

            progress?.Invoke(new(position, new[] { 7 }));
        }

        return [.. Enumerable.Repeat(7, ImageTokens)];
    }

    private static Picture Grey(int edge)
    {
        byte[] rgb = new byte[3 * edge * edge];
        Array.Fill(rgb, (byte)127);
        return new(edge, edge, rgb);
    }
}
