using System.Globalization;
using System.Security.Cryptography;
using Parti.Abstractions;
using Parti.Inference;

namespace Parti.Grains.Jobs;

/// <summary>Fills in what a request leaves open.</summary>
public static class ParameterResolver
{
    // The size people expect where the model can deliver it.
    private const int UsualSize = 256;

    /// <summary>The limits that follow from the served models.</summary>
    public static RequestLimits LimitsOf(IReadOnlyList<ModelDescription> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        return new() { Models = [.. models.Select(model => new ModelLimits(model.Name, model.Sizes))] };
    }

    /// <summary>A job in its first state.</summary>
    /// <param name="key">Whose and which.</param>
    /// <param name="request">A request without problems.</param>
    /// <param name="models">Served models, default first.</param>
    /// <param name="now">The time, UTC.</param>
    public static JobRecord NewJob(JobKey key, GenerationRequest request, IReadOnlyList<ModelDescription> models, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(models);
        ModelDescription model = request.Model is null ? models[0] : models.First(candidate => candidate.Name == request.Model);
        EffectiveParameters parameters = new()
        {
            N = request.N,
            Seed = request.Seed ?? NewSeed(),
            GuidanceScale = request.GuidanceScale ?? Exact(model.Defaults.GuidanceScale),
            Temperature = request.Temperature ?? Exact(model.Defaults.Temperature),
            TopK = request.TopK ?? model.Defaults.TopK,
            TopP = request.TopP ?? Exact(model.Defaults.TopP),
            NegativePrompt = string.IsNullOrWhiteSpace(request.NegativePrompt) ? null : request.NegativePrompt,
            Size = SizeOf(request.Size, model),
            OutputFormat = request.OutputFormat,
            ModelHash = model.Hash,
            OutputCompression = request.OutputCompression,
            BestOf = request.BestOf is > 1 ? request.BestOf : null,
        };
        return new()
        {
            Key = key,
            Request = request,
            Model = model.Name,
            Parameters = parameters,
            TokensTotal = model.ImageTokens,
            NativeSize = model.NativeSize,
            State = JobState.Queued,
            CreatedAt = now,
            Images = [.. Enumerable.Range(0, request.Candidates).Select(index => new ImageRecord { Index = index })],
        };
    }

    /// <summary>Edge in pixels of what is delivered.</summary>
    /// <param name="size">As in a request without problems.</param>
    /// <param name="model">The model.</param>
    public static int SizeOf(string? size, ModelDescription model) => size switch
    {
        null => model.Sizes.Where(edge => edge <= UsualSize).DefaultIfEmpty(model.NativeSize).Max(),
        GenerationRequestValidator.NativeSize => model.NativeSize,
        _ => int.Parse(size, CultureInfo.InvariantCulture),
    };

    // Through decimal, so that 0.95f reads 0.95 and not 0.949999988079071.
    private static double Exact(float value) => (double)(decimal)value;

    // 32 bits are enough to draw from, and easy to type again.
    private static ulong NewSeed() => (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
}
