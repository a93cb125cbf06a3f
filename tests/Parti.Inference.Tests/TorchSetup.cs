using System.Runtime.CompilerServices;
using Parti.Native;

namespace Parti.Inference.Tests;

/// <summary>Tests that count tensors or change the thread count run one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchSetup
{
    public const string Name = "torch";

    // Several test processes share the cores; more threads than cores slow every one of them down.
    [ModuleInitializer]
    internal static void Start() => TorchRuntime.Start(new TorchOptions { Threads = 1 });
}
