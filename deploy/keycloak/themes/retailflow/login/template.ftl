<#-- The frame of every page, as bff/pages/templates/frame.html has it: no inline style, languages as links. -->
<#import "field.ftl" as field>
<#import "footer.ftl" as loginFooter>
<#macro attempted>
  <@field.group name="kc-attempted-username" label=msg("email")>
    <div class="${properties.kcInputGroup}">
      <div class="${properties.kcFill}"><span class="${properties.kcInputClass} ${properties.kcFormReadOnlyClass}"><input id="kc-attempted-username" type="text" value="${auth.attemptedUsername}" autocomplete="username" readonly></span></div>
      <div><a id="reset-login" class="${properties.kcButtonSecondaryClass}" href="${url.loginRestartFlowUrl}">${msg("restartLoginTooltip")}</a></div>
    </div>
  </@field.group>
</#macro>
<#macro registrationLayout bodyClass="" displayInfo=false displayMessage=true displayRequiredFields=false>
<!DOCTYPE html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<title>${msg("loginTitle",(realm.displayName!''))}</title>
<link rel="icon" type="image/svg+xml" href="${url.resourcesPath}/img/mark.svg">
<#list properties.styles?split(' ') as style>
<link rel="stylesheet" href="${url.resourcesPath}/${style}">
</#list>
<script type="importmap">{"imports": {"rfc4648": "${url.resourcesCommonPath}/vendor/rfc4648/rfc4648.js"}}</script>
<#if scripts??>
<#list scripts as script>
<script src="${script}"></script>
</#list>
</#if>
<script type="module" src="${url.resourcesPath}/js/passwordVisibility.js"></script>
<script type="module">
<#outputformat "JavaScript">
import { startSessionPolling } from "${url.resourcesPath}/js/authChecker.js";
startSessionPolling(${url.ssoLoginInOtherTabsUrl?c});
</#outputformat>
</script>
<#if authenticationSession??>
<script type="module">
<#outputformat "JavaScript">
import { checkAuthSession } from "${url.resourcesPath}/js/authChecker.js";
checkAuthSession(${authenticationSession.authSessionIdHash?c});
</#outputformat>
</script>
</#if>
</head>
<body data-page-id="login-${pageId}">
<a class="skip" href="#content">${msg("skipToContent")}</a>
<header class="bar"><span class="brand"><img src="${url.resourcesPath}/img/mark.svg" width="32" height="32" alt=""><span>${realm.displayName!'RetailFlow'}</span></span></header>
<main id="content">
<section class="panel">
<h1 id="kc-page-title"><#nested "header"></h1>
<#if auth?has_content && auth.showUsername() && !auth.showResetCredentials()>
<#nested "show-username">
<@attempted />
</#if>
<#if displayMessage && message?has_content && (message.type != 'warning' || !isAppInitiatedAction??)>
<p class="${properties.kcAlertClass} ${(message.type = 'error')?then('danger', message.type)}" role="${(message.type = 'error')?then('alert', 'status')}">${message.summary}</p>
</#if>
<#nested "form">
<#if auth?has_content && auth.showTryAnotherWayLink()>
<form id="kc-select-try-another-way-form" action="${url.loginAction}" method="post"><input type="hidden" name="tryAnotherWay" value="on"><p class="actions"><button class="${properties.kcButtonSecondaryClass} ${properties.kcButtonBlockClass}" type="submit">${msg("doTryAnotherWay")}</button></p></form>
</#if>
<#nested "socialProviders">
<#if displayInfo>
<div id="kc-info" class="more"><#nested "info"></div>
</#if>
</section>
</main>
<footer class="foot">
<#if realm.internationalizationEnabled && locale.supported?size gt 1>
<nav aria-label="${msg("languageChoice")}"><ul class="languages"><#list locale.supported as l><li><a href="${l.url}" lang="${l.languageTag}" hreflang="${l.languageTag}"<#if l.languageTag == locale.currentLanguageTag> aria-current="true"</#if>>${l.label}</a></li></#list></ul></nav>
</#if>
<@loginFooter.content/>
</footer>
</body>
</html>
</#macro>
