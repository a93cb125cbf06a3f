using Microsoft.Extensions.Logging;
using Parti.Inference;
using Parti.Inference.Engine;

namespace Parti.Silo;

/// <summary>The engine that the product's programs use.</summary>
public static class ProductEngine
{
    /// <summary>Starts an engine on the models of some directories.</summary>
    /// <param name="options">Device, slots, threads, model directories.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="EngineRequestException">There is no usable model.</exception>
    public static IInferenceEngine Open(EngineOptions options, ILogger logger) =>
        DeviceEngine.Open(options, logger);
}
