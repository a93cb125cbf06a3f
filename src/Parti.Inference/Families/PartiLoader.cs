using Parti.Inference.Execution;
using Parti.Inference.Planning;
using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.Text;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>Loads this project's own models.</summary>
internal sealed class PartiLoader : IFamilyLoader
{
    public string Family => ModelFamilies.Parti;

    public ITextTokenizer LoadTokenizer(ModelDirectory directory) => directory.LoadTextTokenizer();

    public IModelNetworks LoadNetworks(ModelDirectory directory, torch.Device device) => PartiNetworks.Load(directory, device);

    public ModelWeights CountWeights(ModelManifest manifest) => ModelWeights.Of(manifest.Architecture);
}
