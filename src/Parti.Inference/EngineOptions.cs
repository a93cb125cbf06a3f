using Parti.Inference.Sharding;
using TorchSharp;

namespace Parti.Inference;

/// <summary>Options of one device's engine.</summary>
public sealed class EngineOptions
{
    /// <summary>The device: <c>cpu</c>, <c>cpu:N</c> (a virtual one) or <c>cuda:N</c>. Default <c>cpu</c>.</summary>
    public string Device { get; set; } = "cpu";

    /// <summary>Images sampled at the same time where nothing is said and memory allows it.</summary>
    public const int DefaultSlots = 8;

    /// <summary>
    /// Images sampled at the same time, 1 to 256. More gives more images per second, each later. Default null: 8, or as many as fit into
    /// memory beside the weights of the largest model.
    /// </summary>
    public int? Slots { get; set; }

    /// <summary>Threads of one tensor operation, at least 1. Default null: as many as the process owns cores.</summary>
    public int? Threads { get; set; }

    /// <summary>
    /// Type of matrices and of the KV cache: <c>auto</c>, <c>float32</c>, and on accelerators <c>bfloat16</c> or <c>float16</c>. Default
    /// <c>auto</c>: float32 on a processor, bfloat16 elsewhere.
    /// </summary>
    public string Dtype { get; set; } = "auto";

    /// <summary>Model directories, each with a <c>model.json</c>.</summary>
    public IList<string> ModelPaths { get; } = [];

    /// <summary>Whether all models are loaded when the engine starts rather than each with its first request. Default false.</summary>
    public bool Preload { get; set; }

    /// <summary>What is loaded of each model. Default all.</summary>
    public ModelParts Parts { get; set; } = ModelParts.All;

    /// <summary>Which layers the engine holds; it leads the shards that hold the others. Default all.</summary>
    public LayerShard Shard { get; set; } = LayerShard.Whole;

    /// <summary>Where the other shards are found; required exactly when <see cref="Shard"/> is not all layers.</summary>
    public IShardLinks? Links { get; set; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it and its range.</exception>
    public void Validate()
    {
        Require(Slots is null or (>= 1 and <= 256), $"Slots is {Slots}; it must be 1 to 256.");
        Require(Threads is null or >= 1, $"Threads is {Threads}; it must be at least 1.");
        Require(ModelPaths.Count > 0, "ModelPaths is empty; it must name at least one model directory.");
        Require(Shard == LayerShard.Whole || Shard.Leads, $"Shard is {Shard}; an engine has all layers (0/1) or leads (0/n).");
        Require(Parts != ModelParts.None && (Parts & ~ModelParts.All) == 0, $"Parts is {Parts}; it must name at least one of {ModelParts.All}.");
        Require(!Shard.Leads || (Parts & ModelParts.Decoder) != 0, $"Shard is {Shard} and Parts {Parts}; who leads has layers of the decoder.");
        Require(Shard.Leads == Links is not null, "Links is set exactly when other shards hold layers.");
        Require(!Shard.Leads || Device.StartsWith("cpu", StringComparison.Ordinal), $"Shard is {Shard} and Device {Device}; layers are split over processors only.");
        Require(IsDevice(Device), $"Device is {Device}; it must be cpu, cpu:N or cuda:N.");
        Require(Dtype is "auto" or "float32" or "bfloat16" or "float16", $"Dtype is {Dtype}; it must be auto, float32, bfloat16 or float16.");
        Require(!IsProcessor || Dtype is "auto" or "float32", $"Dtype is {Dtype} on {Device}; a processor computes in float32. Take auto, or an accelerator.");
    }

    /// <summary>The type of matrices and of the KV cache.</summary>
    internal torch.ScalarType ElementType => Dtype switch
    {
        "bfloat16" => torch.ScalarType.BFloat16,
        "float16" => torch.ScalarType.Float16,
        "float32" => torch.ScalarType.Float32,
        _ => IsProcessor ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16,
    };

    bool IsProcessor => Device.StartsWith("cpu", StringComparison.Ordinal);

    static bool IsDevice(string device)
    {
        string[] parts = device.Split(':');
        return parts[0] is "cpu" or "cuda" && (parts.Length == 1 || (parts.Length == 2 && uint.TryParse(parts[1], out _)));
    }

    static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}
