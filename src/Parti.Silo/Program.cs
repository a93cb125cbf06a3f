using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parti.Silo.Composition;

return await SiloProgram.RunAsync(() =>
{
    // The settings file lies beside the program, from wherever that is started.
    HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
    builder.AddPartiSilo(SiloSettings.Read(builder.Configuration));
    return builder.Build();
});
