using System.Globalization;
using Parti.Abstractions;
using Parti.Inference.Sharding;

namespace Parti.Silo.Composition;

/// <summary>Devices of a silo and what they work on.</summary>
public sealed record WorkerSettings
{
    /// <summary>The word for "every accelerator there is, or else the processor".</summary>
    public const string AutoDevice = "auto";

    /// <summary>The stages that a worker can serve.</summary>
    public static IReadOnlyList<Stage> AllStages { get; } = [Stage.Encode, Stage.Sample, Stage.Detokenize, Stage.Upscale, Stage.Rerank];

    /// <summary><c>cpu</c>, <c>cpu:N</c>, <c>cuda:N</c>, or only <see cref="AutoDevice"/>.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [AutoDevice];

    /// <summary>Stages.</summary>
    public IReadOnlyList<Stage> Stages { get; init; } = AllStages;

    /// <summary>Names of models; empty for all that are found.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Images that one device samples at the same time, 1 to 256; null for as many as fit, at most 8.</summary>
    public int? Slots { get; init; }

    /// <summary>Threads of one device's tensor operations; null for its part of the process's cores.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether models are loaded at start rather than with their first job.</summary>
    public bool Preload { get; init; }

    /// <summary>
    /// Which layers the devices hold: all, or the first of several ranges, with which they lead, or another one, with which they serve leaders
    /// and no stage. Ranges are for processors.
    /// </summary>
    public LayerShard Shard { get; init; } = LayerShard.Whole;

    internal static WorkerSettings Read(SettingsReader reader)
    {
        IReadOnlyList<string> devices = reader.List("Worker:Devices") ?? [AutoDevice];
        foreach (string device in devices.Where(device => !IsDevice(device) && !(device == AutoDevice && devices.Count == 1)))
        {
            reader.Refuse("Worker:Devices", device, "auto alone, or any of cpu, cpu:N, cuda:N");
        }

        foreach (string twice in devices.GroupBy(device => device).Where(group => group.Count() > 1).Select(group => group.Key))
        {
            reader.Refuse("Worker:Devices", $"{twice} twice", "each device once");
        }

        LayerShard shard = ReadShard(reader, devices);
        return new()
        {
            Devices = devices,
            Stages = reader.Choices("Worker:Stages", AllStages) ?? AllStages,
            Models = reader.List("Worker:Models") ?? [],
            Slots = reader.OptionalInteger("Worker:Slots", 1, 256),
            Threads = reader.OptionalInteger("Worker:Threads", 1, 1024),
            Preload = reader.Flag("Worker:Preload", false),
            Shard = shard,
        };
    }

    private static LayerShard ReadShard(SettingsReader reader, IReadOnlyList<string> devices)
    {
        string? text = reader.Text("Worker:Shard");
        LayerShard shard = LayerShard.Whole;
        if (text is not null && !LayerShard.TryParse(text, out shard))
        {
            reader.Refuse("Worker:Shard", text, $"i/n, i from 0 to n - 1 and n from 1 to {LayerShard.Most}");
        }

        if (shard != LayerShard.Whole && devices.FirstOrDefault(device => device.StartsWith("cuda", StringComparison.Ordinal)) is { } accelerator)
        {
            reader.Refuse("Worker:Devices", accelerator, "cpu or cpu:N, as Parti:Worker:Shard splits layers over processors only");
        }

        return shard;
    }

    private static bool IsDevice(string text)
    {
        string[] parts = text.Split(':');
        return parts is ["cpu"] or ["cuda"] || (parts is ["cpu" or "cuda", string number] && byte.TryParse(number, out byte value) && value.ToString(CultureInfo.InvariantCulture) == number);
    }
}
